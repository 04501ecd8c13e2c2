#include "app/webhook_sender.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/file.h"
#include "base/log.h"
#include "net/public_address.h"

namespace gyre::app {
namespace {

constexpr std::size_t kMaxKeyBytes = 1000;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<std::int64_t> number(const char* name, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  const auto text = variable(name);
  if (text.empty()) return otherwise;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
  return fail(Code::invalid, fmt::format("{}={:.40} is not a whole number from {} to {}", name, text, least, most));
}

std::vector<std::string> list(const std::string& text) {
  std::vector<std::string> items;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    auto item = rest.substr(0, end);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return items;
}

std::int64_t retry_after(const net::Headers& headers) {
  const auto found = headers.find("Retry-After");
  std::int64_t seconds = -1;
  if (found != headers.end()) std::from_chars(found->second.data(), found->second.data() + found->second.size(), seconds);
  return seconds;
}

}  // namespace

Result<WebhookOptions> webhook_options() {
  WebhookOptions options;
  if (const auto schemes = list(variable("MLFLOW_WEBHOOK_ALLOWED_SCHEMES")); !schemes.empty()) options.schemes = schemes;
  const auto allow = variable("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS");
  options.private_targets = allow == "true" || allow == "True" || allow == "TRUE" || allow == "1";
  options.timeout_s = TRY(number("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", options.timeout_s, 1, 240));
  options.attempts = TRY(number("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", options.attempts - 1, 0, 100)) + 1;
  options.workers = TRY(number("MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS", options.workers, 1, 64));
  options.key = variable("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY");
  return options;
}

Result<Vault> open_vault(const WebhookOptions& options, const std::filesystem::path& data_dir) {
  if (!options.key.empty()) {
    auto vault = Vault::create(options.key);
    return vault ? std::move(vault) : Result<Vault>(within("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", vault.error()));
  }
  const auto path = data_dir / "webhooks.key";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    const auto before = ::umask(0077);  // the key is for this user alone
    const auto written = write_file_durably(path, Vault::make_key());
    ::umask(before);
    TRY(written);
  }
  return Vault::create(TRY(read_file(path, kMaxKeyBytes)));
}

Result<void> WebhookSender::check(std::string_view url) {
  if (url.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return fail(Code::invalid, fmt::format("Webhook URL cannot be empty or just whitespace: '{:.80}'", url));
  const auto parts = net::url_parts(url);
  if (!parts) return fail(Code::invalid, fmt::format("Invalid webhook URL '{:.200}': {}", url, parts.error().message));
  if (std::ranges::find(options_.schemes, parts->scheme) == options_.schemes.end()) {
    return fail(Code::invalid, fmt::format("Invalid webhook URL scheme: '{:.40}'. Allowed schemes are: {}.", parts->scheme, fmt::join(options_.schemes, ", ")));
  }
  if (options_.private_targets) return {};
  const auto is_public = net::check_public(parts->host);
  return is_public ? Result<void>()
                   : fail(Code::invalid, fmt::format("Webhook URL {}", is_public.error().message), {},
                          "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true lets a server talk to such addresses");
}

Result<webhooks::Answer> WebhookSender::post(const webhooks::Post& post) {
  net::Client client(
      {.total_timeout_ms = options_.timeout_s * kSecondMs, .stall_timeout_ms = options_.timeout_s * kSecondMs, .retries = 0, .max_answer_bytes = 1 << 20});
  net::ClientRequest request{.method = "POST", .url = post.url, .headers = {}, .body = post.body, .public_only = !options_.private_targets};
  for (const auto& [name, value] : post.headers) request.headers.emplace(name, value);
  const auto response = TRY(client.send(request));
  const auto wait_s = retry_after(response.headers);
  return webhooks::Answer{response.status, response.body.substr(0, webhooks::kMaxAnswerBytes), wait_s >= 0 ? std::optional(wait_s) : std::nullopt};
}

WebhookDuty::WebhookDuty(webhooks::Service& webhooks, const Clock& clock, std::int64_t workers) : webhooks_(webhooks), clock_(clock) {
  for (std::int64_t i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
}

Result<DutyState> WebhookDuty::run_due(TimeMs now_ms) {
  if (now_ms - purged_ms_ >= kPurgeEveryMs) {
    TRY(webhooks_.purge(now_ms));
    purged_ms_ = now_ms;
  }
  auto state = TRY(webhooks_.due(now_ms));
  if (state.busy) {
    orders_.with([&](Orders& orders) { orders.wanted = static_cast<std::int64_t>(workers_.size()); });
    orders_.notify_all();
  }
  state.busy = state.busy || working_.load() > 0;
  return state;
}

void WebhookDuty::stop() {
  orders_.with([](Orders& orders) { orders.stopping = true; });
  orders_.notify_all();
  for (auto& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void WebhookDuty::work() {
  const auto ordered = [](const Orders& orders) { return orders.stopping || orders.wanted > 0; };
  const auto take = [](Orders& orders) {
    orders.wanted = std::max<std::int64_t>(0, orders.wanted - 1);
    return !orders.stopping;
  };
  while (orders_.wait_for(std::chrono::hours(1), ordered, take)) {
    ++working_;
    for (std::int64_t sent = 1; sent > 0 && !orders_.with([](const Orders& orders) { return orders.stopping; });) {
      const auto outcome = webhooks_.send_due(clock_.now_ms());
      if (!outcome) log::report(log::Level::warn, "webhooks could not be sent", outcome.error());
      sent = outcome.value_or(0);
    }
    --working_;
  }
}

}  // namespace gyre::app
