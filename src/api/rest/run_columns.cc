// /runs/columns: values of many runs, a column each
#include "api/rest/run_wire.h"
#include "api/rest/workspace.h"

namespace gyre::rest {

struct RunColumnsBody {
  std::vector<std::string> experiments = {}, sort = {}, columns = {};
  std::string filter = {}, view = "ACTIVE_ONLY";
  std::int64_t limit = 1000;
};
BOOST_DESCRIBE_STRUCT(RunColumnsBody, (), (experiments, sort, columns, filter, view, limit))

namespace {

constexpr std::int64_t kMaxRuns = 10'000;
constexpr std::size_t kBytesACell = 12;  // about

void write_column(Writer& writer, const tracking::RunTable& table, std::size_t column, const std::string& text) {
  writer.begin_object();
  writer.field("text", text);
  writer.field("kind", word_of(table.kinds[column]));
  writer.key("values");
  writer.begin_array();
  for (const auto& row : table.rows) write_cell(writer, row.cells[column], table.kinds[column]);
  writer.end_array();
  writer.end_object();
}

Result<net::Response> read_columns(const Workspace& workspace, const net::Request& request) {
  const auto wish = TRY(body<RunColumnsBody>(request));
  TRY(check_limit(wish.limit, 1, kMaxRuns));
  TRY(check_view(wish.view));
  const tracking::Search search{.experiment_ids = ids_of(TRY(experiments_of(workspace.tracking, wish.experiments))),
                                .filter = wish.filter,
                                .view = wish.view,
                                .order_by = wish.sort,
                                .limit = wish.limit};
  const auto table = TRY(workspace.run_queries.rows(search, wish.columns));
  Writer writer;
  writer.reserve(table.rows.size() * (wish.columns.size() + 6) * kBytesACell);
  writer.begin_object();
  writer.field("total", table.next.empty() ? std::ssize(table.rows) : TRY(workspace.run_queries.count(search)));
  cursor_field(writer, std::nullopt);
  writer.key("ids");
  writer.begin_array();
  for (const auto& row : table.rows) writer.string(row.info.id);
  writer.end_array();
  writer.key("names");
  writer.begin_array();
  for (const auto& row : table.rows) writer.string(row.info.name);
  writer.end_array();
  writer.key("columns");
  writer.begin_array();
  for (std::size_t i = 0; i < wish.columns.size(); ++i) write_column(writer, table, i, wish.columns[i]);
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_run_column_routes(net::Router& router, const Workspace& workspace) { add(router, workspace, "POST", "/runs/columns", read_columns); }

}  // namespace gyre::rest
