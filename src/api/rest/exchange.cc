#include "api/rest/exchange.h"

#include "api/rest/routes.h"
#include "exchange/packing.h"

namespace gyre::rest {
namespace {

net::Response packed(std::string body) {
  net::Response response;
  response.content_type = exchange::kRecordsType;
  response.body = std::move(body);
  return response;
}

}  // namespace

void add_exchange_routes(net::Router& router, exchange::Intake& intake) {
  const net::RouteOptions options{.max_body_bytes = exchange::kMaxPackedBytes};
  router.add(
      "POST", "/api/v1/exchange/records",
      [&intake](const net::Request& request) -> Result<net::Response> {
        const auto records = TRY(exchange::unpack_records(request.body));
        return packed(exchange::pack_answer(TRY(intake.take(records))));
      },
      to_response, options);
  router.add(
      "POST", "/api/v1/exchange/digests",
      [&intake](const net::Request& request) -> Result<net::Response> {
        const auto names = TRY(exchange::unpack_names(request.body));
        return packed(exchange::pack_digests(TRY(intake.digests(names))));
      },
      to_response, options);
}

}  // namespace gyre::rest
