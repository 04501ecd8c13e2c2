// A request and its answer, as handlers see them. Knows HTTP's shape, not its bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"

namespace gyre::net {

struct CaseLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::multimap<std::string, std::string, CaseLess>;

struct Request {
  std::string method, path;  // the path is percent-decoded, without the query
  std::multimap<std::string, std::string, std::less<>> query;
  std::map<std::string, std::string, std::less<>> path_parameters;
  Headers headers;
  std::string body;              // whole, for routes that take bodies whole (the default)
  ByteSource* stream = nullptr;  // for routes added with BodyMode::stream
  std::string request_id;        // the client's X-Request-Id when it is sane, else ours
  std::string traceparent;       // W3C trace context, ours or continued
  std::string client;            // who asks, as callers are told apart: an address, of IPv6 its network; "" in tests without a socket

  std::optional<std::string_view> header(std::string_view name) const;
  std::string_view parameter(std::string_view name) const;  // of the path; "" when absent
  // Typed query parameters; `invalid` names the parameter.
  std::optional<std::string_view> query_text(std::string_view name) const;
  Result<std::int64_t> query_int(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const;
  Result<std::string> required_query(std::string_view name) const;
};

// A body that is produced while it is sent: called on a worker thread; a sink that fails means that the client has gone.
using BodyWriter = std::function<Result<void>(ByteSink& sink)>;

// Server-sent events: the connection joins the hub on these topics instead of ending.
struct EventStream {
  std::vector<std::string> topics;  // prefixes; "" takes all
  std::optional<std::int64_t> last_event_id = {};
  std::string resync = "{}";  // the data of the event that tells of a gap
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  Headers headers;
  std::variant<std::string, BodyWriter, EventStream> body = std::string("{}");
  std::optional<std::int64_t> content_length;  // for BodyWriter, where it is known
};

Response json_response(std::string body, int status = 200);
Response text_response(std::string body, int status = 200);

// Blocking; runs on a worker pool, not on the threads that read sockets (but see RouteOptions::is_quick).
using Handler = std::function<Result<Response>(const Request&)>;

// How one protocol tells its clients of an error.
using ErrorMapper = std::function<Response(const Error&, const Request&)>;

}  // namespace gyre::net
