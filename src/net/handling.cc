#include "net/handling.h"

#include <fmt/format.h>

#include "base/log.h"

namespace gyre::net {
namespace {

// The id and the trace let a line be found from what the client, or the service before it, has kept.
void tell(const Request& request, const Error& error) {
  log::write(log::Level::error, request.method + " " + request.path,
             {{"code", std::string(to_string(error.code))},
              {"error", error.message},
              {"detail", error.detail},
              {"request_id", request.request_id},
              {"traceparent", request.traceparent}});
}

}  // namespace

Response call(const Router::Match& match, const Request& request) try {
  auto response = (*match.handler)(request);
  if (response) return *std::move(response);
  if (response.error().code == Code::internal) tell(request, response.error());
  return (*match.on_error)(response.error(), request);
} catch (const std::exception& thrown) {
  const Error error{Code::internal, "the server failed on this request", thrown.what()};
  tell(request, error);
  return (*match.on_error)(error, request);
}

bool take_prefix(std::string& path, std::string_view prefix) {
  if (prefix.empty()) return true;
  if (!path.starts_with(prefix) || (path.size() > prefix.size() && path[prefix.size()] != '/')) return false;
  path.erase(0, prefix.size());
  if (path.empty()) path = "/";
  return true;
}

void tell_answered(const Request& request, std::string_view pattern, int status, std::int64_t latency_ns) {
  if (!log::is_on(log::Level::debug)) return;
  log::write(log::Level::debug, request.method + " " + request.path,
             {{"route", std::string(pattern)},
              {"status", std::to_string(status)},
              {"ms", fmt::format("{:.3f}", static_cast<double>(latency_ns) / 1e6)},
              {"request_id", request.request_id},
              {"traceparent", request.traceparent}});
}

}  // namespace gyre::net
