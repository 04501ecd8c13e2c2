#include "net/client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "net/public_address.h"

namespace gyre::net {
namespace {

constexpr std::int64_t kFirstPauseMs = 100, kLongestPauseMs = 3000;

// One attempt: what comes in, and what stopped it on our side.
struct Receiving {
  const ClientRequest& request;
  CURL* curl;
  std::size_t limit;
  ClientResponse response = {};
  std::string_view unsent = {};  // of the block that the source gave last
  std::optional<Error> failure = {};
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* into) {
  auto& receiving = *static_cast<Receiving*>(into);
  long status = 0;
  curl_easy_getinfo(receiving.curl, CURLINFO_RESPONSE_CODE, &status);
  if (receiving.request.sink && status < 300) {
    const auto written = receiving.request.sink->write({data, size});
    if (!written) receiving.failure = written.error();
    return written ? size : 0;
  }
  if (receiving.response.body.size() + size > receiving.limit) {
    receiving.failure = Error{Code::exhausted, fmt::format("the answer of {} is larger than {} bytes", receiving.request.url, receiving.limit)};
    return 0;
  }
  receiving.response.body.append(data, size);
  return size;
}

std::size_t give_body(char* into, std::size_t, std::size_t most, void* from) {
  auto& receiving = *static_cast<Receiving*>(from);
  if (receiving.unsent.empty()) {
    const auto block = receiving.request.source->read();
    if (!block) receiving.failure = block.error();
    if (!block) return CURL_READFUNC_ABORT;
    receiving.unsent = *block;
  }
  const auto size = receiving.unsent.copy(into, most);
  receiving.unsent.remove_prefix(size);
  return size;
}

int tell_progress(void* of, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  auto& receiving = *static_cast<Receiving*>(of);
  if (receiving.request.progress(sent, received)) return 0;
  receiving.failure = Error{Code::cancelled, "interrupted"};
  return 1;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* into) {
  const std::string_view line(data, size);
  if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    auto value = line.substr(colon + 1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) value.remove_prefix(1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.remove_suffix(1);
    static_cast<Receiving*>(into)->response.headers.emplace(line.substr(0, colon), value);
  }
  return size;
}

// Asked with the very address that is connected to, so that a name which leads elsewhere by now is no way around.
curl_socket_t open_public(void* of, curlsocktype, curl_sockaddr* address) {
  if (is_public(address->addr)) return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  auto& receiving = *static_cast<Receiving*>(of);
  receiving.failure = Error{Code::denied, fmt::format("{} leads to an address that is not public", receiving.request.url)};
  return CURL_SOCKET_BAD;
}

bool worth_another_try(int status) { return status == 502 || status == 503 || status == 504; }

}  // namespace

struct Client::State {
  ClientOptions options;
  CURL* curl = curl_easy_init();
  std::mt19937 random{std::random_device{}()};
  ~State() { curl_easy_cleanup(curl); }

  CURLcode perform(const ClientRequest& request, Receiving& receiving) {
    curl_easy_reset(curl);  // connections stay
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (request.source) {
      curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
      curl_easy_setopt(curl, CURLOPT_READDATA, &receiving);
      curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.source_bytes));
    } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    curl_slist* headers = curl_slist_append(nullptr, "Expect:");
    for (const auto& [name, value] : request.headers) headers = curl_slist_append(headers, fmt::format("{}: {}", name, value).c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout_ms));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout_ms / 1000));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiving);
    if (request.public_only) {
      curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_public);
      curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &receiving);
      curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
      curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    }
    if (request.progress) {
      curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
      curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, tell_progress);
      curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &receiving);
    }
    const auto outcome = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    receiving.response.status = static_cast<int>(status);
    return outcome;
  }
};

Client::Client(ClientOptions options) : state_(std::make_unique<State>()) { state_->options = options; }
Client::~Client() = default;

Result<ClientResponse> Client::send(const ClientRequest& request) {
  for (int attempt = 0;; ++attempt) {
    Receiving receiving{request, state_->curl, state_->options.max_answer_bytes};
    const auto outcome = state_->perform(request, receiving);
    const bool last = request.source || attempt >= state_->options.retries;
    if (outcome == CURLE_OK && (last || !worth_another_try(receiving.response.status))) return std::move(receiving.response);
    if (receiving.failure) return std::unexpected(*receiving.failure);
    const bool unsent = outcome == CURLE_COULDNT_CONNECT || outcome == CURLE_COULDNT_RESOLVE_HOST;
    if (outcome != CURLE_OK && (last || !unsent)) {
      return fail(Code::unavailable, fmt::format("cannot reach {}: {}", request.url, curl_easy_strerror(outcome)), {},
                  "is the server running? gyre server starts one");
    }
    const auto longest = std::min(kFirstPauseMs << attempt, kLongestPauseMs);
    std::this_thread::sleep_for(std::chrono::milliseconds(longest / 2 + static_cast<std::int64_t>(state_->random() % static_cast<unsigned>(longest / 2 + 1))));
  }
}

}  // namespace gyre::net
