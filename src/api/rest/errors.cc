// The one place where Gyre's codes become HTTP for its own clients.
#include "api/rest/routes.h"
#include "base/disk.h"
#include "base/json_writer.h"

namespace gyre::rest {

int status_for(const Error& error) {
  switch (error.code) {
    case Code::invalid:
      return 400;
    case Code::unauthenticated:
      return 401;
    case Code::denied:
      return 403;
    case Code::not_found:
      return 404;
    case Code::conflict:
      return 409;
    case Code::exhausted:
      return 429;
    case Code::unavailable:
      return is_disk_full(error) ? 507 : 503;  // sending it again fills no less of the disk
    case Code::cancelled:
      return 499;
    case Code::internal:
      return 500;
  }
  std::unreachable();
}

// `internal` tells nothing but the request's id: the log has the rest under it.
net::Response to_response(const Error& error, const net::Request& request) {
  const bool ours = error.code == Code::internal;
  json::Writer writer;
  writer.begin_object();
  writer.key("error");
  writer.begin_object();
  writer.field("code", to_string(error.code));
  writer.field("what", ours ? "The server failed on this request." : error.message);
  writer.field("why", ours ? "" : error.detail);
  writer.field("fix", ours && error.fix.empty() ? "Report it with the request's id; the server's log tells more." : error.fix);
  writer.field("request_id", request.request_id);
  writer.end_object();
  writer.end_object();
  auto response = net::json_response(writer.take(), status_for(error));
  if (response.status == 503 || response.status == 429) response.headers.emplace("Retry-After", "1");
  return response;
}

}  // namespace gyre::rest
