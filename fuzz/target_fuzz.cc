// A request's target: taken apart and routed. A path never matches with a parameter that holds a slash, nor with a zero byte.
#include "fuzz/fuzz.h"
#include "net/exchange.h"
#include "net/router.h"

using namespace gyre;

namespace {

const net::Router& router() {
  static const net::Router& made = [] -> const net::Router& {
    static net::Router router;
    const auto handler = [](const net::Request&) -> Result<net::Response> { return net::json_response("{}"); };
    const auto mapper = [](const Error&, const net::Request&) { return net::json_response("{}", 500); };
    for (const char* pattern : {"/", "/api/v1/models/:model/versions/:version", "/api/v1/models/latest", "/api/v1/:kind/list", "/files/*path",
                                "/files/:id/text", "/assets/*rest", "/*rest"}) {
      router.add("GET", pattern, handler, mapper);
    }
    router.add("POST", "/api/v1/models/:model", handler, mapper);
    return router;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  net::Head head;
  head.method(boost::beast::http::verb::get);
  head.target(text);
  head.set(boost::beast::http::field::host, "localhost");
  const auto request = net::to_request(head);
  if (!request) return 0;
  fuzz::require(!request->path.contains('\0'), "no zero byte in a path");
  const auto match = router().match(request->method, request->path);
  fuzz::require(match.has_value() == request->path.starts_with('/'), "a path goes somewhere", request->path);
  if (!match) return 0;
  for (const auto& [name, value] : match->parameters) {
    const bool rest = name == "rest" || name == "path";
    fuzz::require(rest || (!value.empty() && !value.contains('/')), "a parameter is one segment", value);
  }
  return 0;
}
