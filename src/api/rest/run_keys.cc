// /experiments/:experiment/keys: what its runs have logged
#include "api/rest/wire.h"
#include "api/rest/workspace.h"

namespace gyre::rest {
namespace {

tracking::KeyKind kind_of(std::string_view word) {
  return word == "metric" ? tracking::KeyKind::metric : word == "param" ? tracking::KeyKind::param : tracking::KeyKind::tag;
}

Result<net::Response> list_keys(const Workspace& workspace, const net::Request& request) {
  const auto page = TRY(page_of(request, 100, static_cast<std::int64_t>(tracking::ExperimentKeys::kMaxPage)));
  const auto kind = TRY(query_choice(request, "kind", {"metric", "param", "tag"}, "metric"));
  const auto order = TRY(query_choice(request, "order", {"runs", "name"}, "runs"));
  const auto found = TRY(workspace.keys.find({.experiment_id = std::string(request.parameter("experiment")),
                                              .kind = kind_of(kind),
                                              .match = std::string(request.query_text("match").value_or("")),
                                              .by_name = order == "name",
                                              .limit = static_cast<std::size_t>(page.limit),
                                              .offset = static_cast<std::size_t>(TRY(page.offset()))}));
  Writer writer;
  writer.begin_object();
  writer.field("counted", found.counted);
  writer.field("runs", found.runs);
  list_fields(writer, found.total, found.next_offset < 0 ? std::nullopt : std::optional(std::to_string(found.next_offset)), found.rows,
              [](Writer& out, const tracking::KeyPage::Row& row) {
                out.begin_object();
                out.field("key", row.key);
                out.field("runs", row.runs);
                out.end_object();
              });
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_run_key_routes(net::Router& router, const Workspace& workspace) { add(router, workspace, "GET", "/experiments/:experiment/keys", list_keys); }

}  // namespace gyre::rest
