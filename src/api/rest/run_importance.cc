// /runs/importance: which parameters tell most of a metric
#include "tracking/run_importance.h"

#include "api/rest/run_wire.h"
#include "api/rest/workspace.h"

namespace gyre::rest {

struct ImportanceBody {
  std::vector<std::string> experiments = {}, params = {};
  std::string filter = {}, view = "ACTIVE_ONLY", target = {};
  std::int64_t limit = 30;
};
BOOST_DESCRIBE_STRUCT(ImportanceBody, (), (experiments, params, filter, view, target, limit))

namespace {

void write_row(Writer& writer, const tracking::ImportanceTable::Row& row) {
  writer.begin_object();
  writer.field("param", row.param);
  writer.field("kind", row.is_number ? "number" : "category");
  writer.field("n", row.n);
  maybe_figure_field(writer, "importance", row.importance);
  maybe_figure_field(writer, "low", row.low);
  maybe_figure_field(writer, "high", row.high);
  maybe_figure_field(writer, "pearson", row.pearson);
  maybe_figure_field(writer, "spearman", row.spearman);
  writer.field("direction_note", row.note);
  writer.end_object();
}

Result<net::Response> read_importance(const Workspace& workspace, const net::Request& request) {
  const auto wish = TRY(body<ImportanceBody>(request));
  TRY(check_limit(wish.limit, 1, tracking::kMaxImportanceRows));
  TRY(check_view(wish.view));
  if (wish.target.empty()) return fail(Code::invalid, "'target' is missing", {}, "a number of the filter language, for example metrics.loss");
  const auto table = TRY(workspace.importance.read(
      {.search = {.experiment_ids = ids_of(TRY(experiments_of(workspace.tracking, wish.experiments))), .filter = wish.filter, .view = wish.view},
       .target = wish.target,
       .params = wish.params,
       .limit = static_cast<std::size_t>(wish.limit)}));
  Writer writer;
  writer.begin_object();
  writer.field("target", wish.target);
  writer.field("runs", table.runs);
  writer.field("sampled", table.sampled);
  writer.field("used", table.used);
  writer.field("missing", table.missing);
  writer.field("nan", table.nan);
  maybe_figure_field(writer, "explained", table.explained);
  writer.field("note", table.note);
  writer.field("total", table.total);
  writer.field("left_out", table.left_out);
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : table.rows) write_row(writer, row);
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_run_importance_routes(net::Router& router, const Workspace& workspace) { add(router, workspace, "POST", "/runs/importance", read_importance); }

}  // namespace gyre::rest
