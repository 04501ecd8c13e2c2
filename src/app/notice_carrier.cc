#include "app/notice_carrier.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "net/mail.h"
#include "net/public_address.h"

namespace gyre::app {
namespace {

net::MailTls tls_of(std::string_view word) {
  if (word == "never") return net::MailTls::never;
  return word == "offered" ? net::MailTls::offered : net::MailTls::always;
}

}  // namespace

Result<void> NoticeCarrier::check(notify::Kind kind, std::string_view url) {
  if (kind != notify::Kind::email) return webhooks_.check(url);
  const auto parts = TRY(net::url_parts(url));
  if (parts.scheme != "smtp" && parts.scheme != "smtps")
    return fail(Code::invalid, fmt::format("mail goes by smtp or smtps, not '{:.40}'", parts.scheme), {}, "smtp://mail.example.org:587");
  if (options_.private_targets) return {};
  const auto is_public = net::check_public(parts.host);
  return is_public ? Result<void>()
                   : fail(Code::invalid, fmt::format("the mail server {}", is_public.error().message), {},
                          "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true lets a server talk to such addresses");
}

Result<notify::Answer> NoticeCarrier::post(const notify::Post& post) {
  TRY(webhooks_.check(post.url));  // what was allowed once need not be now
  const auto answer = TRY(webhooks_.post({post.url, post.headers, post.body}));
  return notify::Answer{answer.status, answer.retry_after_s};
}

Result<void> NoticeCarrier::mail(const notify::Mail& mail) {
  return net::send_mail({.url = mail.url,
                         .user = mail.user,
                         .password = mail.password,
                         .tls = tls_of(mail.tls),
                         .from = mail.from,
                         .to = mail.to,
                         .message = mail.message,
                         .public_only = !options_.private_targets,
                         .authorities = authorities_,
                         .timeout_ms = static_cast<long>(options_.timeout_s * kSecondMs)});
}

NoticeDuty::NoticeDuty(notify::Service& notices, const Clock& clock, int workers) : notices_(notices), clock_(clock) {
  for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
}

Result<DutyState> NoticeDuty::run_due(TimeMs now_ms) {
  if (now_ms - purged_ms_ >= kPurgeEveryMs) {
    TRY(notices_.purge(now_ms));
    purged_ms_ = now_ms;
  }
  auto state = TRY(notices_.due(now_ms));
  if (state.busy) {
    orders_.with([&](Orders& orders) { orders.wanted = static_cast<int>(workers_.size()); });
    orders_.notify_all();
  }
  state.busy = state.busy || working_.load() > 0;
  return state;
}

void NoticeDuty::stop() {
  orders_.with([](Orders& orders) { orders.stopping = true; });
  orders_.notify_all();
  for (auto& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void NoticeDuty::work() {
  const auto ordered = [](const Orders& orders) { return orders.stopping || orders.wanted > 0; };
  const auto take = [](Orders& orders) {
    orders.wanted = std::max(0, orders.wanted - 1);
    return !orders.stopping;
  };
  while (orders_.wait_for(std::chrono::hours(1), ordered, take)) {
    ++working_;
    for (std::int64_t sent = 1; sent > 0 && !orders_.with([](const Orders& orders) { return orders.stopping; });) {
      const auto outcome = notices_.send_due(clock_.now_ms());
      if (!outcome) log::report(log::Level::warn, "notices could not be sent", outcome.error());
      sent = outcome.value_or(0);
    }
    --working_;
  }
}

}  // namespace gyre::app
