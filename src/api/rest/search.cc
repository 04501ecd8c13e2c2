// /projects/{project}/search: what is called so, or whose id begins so
#include "api/rest/describe.h"
#include "api/rest/home.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxQueryBytes = 200;

Result<net::Response> search(const Rooms& rooms, const net::Request& request) {
  const auto text = TRY(request.required_query("q"));
  if (text.size() > kMaxQueryBytes)
    return fail(Code::invalid, fmt::format("query parameter 'q' has {} bytes; at most {} are taken", text.size(), kMaxQueryBytes));
  const auto limit = TRY(request.query_int("limit", 20, 1, 50));
  std::vector<governance::Node> nodes;
  if (const auto exact = urn_of(rooms, text)) {
    if (auto node = rooms.governance.find(*exact)) nodes.push_back(std::move(*node));
  }
  for (auto& node : TRY(rooms.governance.search(text, static_cast<std::size_t>(limit)))) {
    const bool there = !nodes.empty() && nodes.front().urn == node.urn;
    if (!there && static_cast<std::int64_t>(nodes.size()) < limit) nodes.push_back(std::move(node));
  }
  Writer writer;
  writer.begin_object();
  writer.key("rows");
  writer.begin_array();
  for (const auto& node : nodes) {
    const auto described = describe(rooms, node);
    writer.begin_object();
    link_field(writer, "link", link_of(node.urn, &node));
    writer.field("status", described.status);
    writer.field("detail", described.detail);
    maybe_time_field(writer, "at", node.at_ms);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_search_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "GET", "/projects/:project/search", search); }

}  // namespace gyre::rest
