// /runs/query, /runs/groups, /runs/complete: many runs at once
#include <algorithm>

#include "api/rest/links.h"
#include "api/rest/routes.h"
#include "api/rest/run_wire.h"
#include "api/rest/run_words.h"

namespace gyre::rest {

struct RunQueryBody {
  std::vector<std::string> experiments = {}, sort = {}, columns = {}, sparks = {};
  std::string filter = {}, view = "ACTIVE_ONLY", cursor = {};
  std::int64_t limit = 50, offset = 0;
  bool count = true;
};
BOOST_DESCRIBE_STRUCT(RunQueryBody, (), (experiments, sort, columns, sparks, filter, view, cursor, limit, offset, count))

struct RunGroupsBody {
  std::vector<std::string> experiments = {}, by = {}, figures = {};
  std::string filter = {}, view = "ACTIVE_ONLY", sort = {};
  std::int64_t limit = 50;
};
BOOST_DESCRIBE_STRUCT(RunGroupsBody, (), (experiments, by, figures, filter, view, sort, limit))

struct CompleteBody {
  std::vector<std::string> experiments = {};
  std::string text = {}, language = "filter";
  std::optional<std::int64_t> cursor = {};
};
BOOST_DESCRIBE_STRUCT(CompleteBody, (), (experiments, text, language, cursor))

namespace {

using RunSparks = std::vector<std::optional<tracking::Spark>>;

// Of the rows, beside them; nothing where none is asked for.
Result<std::vector<RunSparks>> sparks_of(const Rooms& rooms, const tracking::RunTable& table, const std::vector<std::string>& texts) {
  if (texts.empty()) return std::vector<RunSparks>();
  std::vector<std::string> keys, ids;
  for (const auto& text : texts) keys.push_back(TRY(tracking::metric_key(text)));
  for (const auto& row : table.rows) ids.push_back(row.info.id);
  return rooms.many_curves.sparks(ids, keys);
}

void sparks_field(Writer& writer, const RunSparks& sparks) {
  writer.key("sparks");
  writer.begin_array();
  for (const auto& spark : sparks) {
    if (!spark) {
      writer.null();
      continue;
    }
    writer.begin_array();
    for (const auto& value : *spark) {
      if (value) {
        writer.number(*value);
      } else {
        writer.null();
      }
    }
    writer.end_array();
  }
  writer.end_array();
}

void run_row(Writer& writer, const tracking::RunTable::Row& row, const tracking::RunTable& table, const Experiments& experiments, const RunSparks* sparks) {
  const auto& info = row.info;
  const auto experiment = experiments.find(info.experiment_id);
  writer.begin_object();
  link_fields(writer, run_link(info.id, info.name, fmt::format("{}.{}", info.status, info.end_ms.value_or(0))));
  writer.field("id", info.id);
  writer.key("experiment");
  write(writer, experiment_link(info.experiment_id, experiment == experiments.end() ? "" : experiment->second));
  writer.field("status", run_status(info.status));
  writer.field("state", run_state(info.status));
  maybe_time_field(writer, "started_at", info.start_ms);
  writer.key("cells");
  writer.begin_array();
  for (std::size_t i = 0; i < row.cells.size(); ++i) write_cell(writer, row.cells[i], table.kinds[i]);
  writer.end_array();
  if (sparks) sparks_field(writer, *sparks);
  writer.end_object();
}

Result<net::Response> query_runs(const Rooms& rooms, const net::Request& request) {
  const auto wish = TRY(body<RunQueryBody>(request));
  TRY(check_limit(wish.limit, 0, kMaxPage));
  TRY(check_view(wish.view));
  const auto experiments = TRY(experiments_of(rooms.tracking, wish.experiments));
  const tracking::Search search{.experiment_ids = ids_of(experiments),
                                .filter = wish.filter,
                                .view = wish.view,
                                .order_by = wish.sort,
                                .limit = std::max<std::int64_t>(1, wish.limit),
                                .after = wish.cursor};
  auto table = TRY(rooms.run_queries.rows(search, wish.columns, wish.offset));
  if (wish.limit == 0) table.rows.clear(), table.next.clear();  // a count alone; what is asked is checked all the same
  const auto sparks = TRY(sparks_of(rooms, table, wish.sparks));
  Writer writer;
  writer.begin_object();
  maybe_integer_field(writer, "total", wish.count ? std::optional(TRY(rooms.run_queries.count(search))) : std::nullopt);
  cursor_field(writer, table.next.empty() ? std::nullopt : std::optional(table.next));
  columns_field(writer, "columns", wish.columns, table.kinds);
  writer.key("rows");
  writer.begin_array();
  for (std::size_t i = 0; i < table.rows.size(); ++i) run_row(writer, table.rows[i], table, experiments, sparks.empty() ? nullptr : &sparks[i]);
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

void figure(Writer& writer, const tracking::GroupFigure& figure) {
  writer.begin_object();
  writer.field("n", figure.n);
  writer.field("nan", figure.nan);
  maybe_figure_field(writer, "mean", figure.mean);
  maybe_figure_field(writer, "deviation", figure.deviation);
  maybe_figure_field(writer, "low", figure.low);
  maybe_figure_field(writer, "high", figure.high);
  maybe_figure_field(writer, "min", figure.min);
  maybe_figure_field(writer, "max", figure.max);
  writer.end_object();
}

void group_row(Writer& writer, const tracking::RunGroups::Row& row, const tracking::RunGroups& groups, const std::vector<std::string>& by) {
  writer.begin_object();
  writer.key("keys");
  writer.begin_array();
  for (std::size_t i = 0; i < row.keys.size(); ++i) write_cell(writer, row.keys[i], groups.kinds[i]);
  writer.end_array();
  writer.field("runs", row.runs);
  const auto condition = tracking::condition_of(row, by);
  writer.key("filter");
  if (condition) {
    writer.string(*condition);
  } else {
    writer.null();
  }
  writer.key("figures");
  writer.begin_array();
  for (const auto& one : row.figures) figure(writer, one);
  writer.end_array();
  writer.end_object();
}

Result<net::Response> group_runs(const Rooms& rooms, const net::Request& request) {
  const auto wish = TRY(body<RunGroupsBody>(request));
  TRY(check_limit(wish.limit, 1, tracking::kMaxGroupsShown));
  TRY(check_view(wish.view));
  const auto experiments = TRY(experiments_of(rooms.tracking, wish.experiments));
  const auto groups = TRY(rooms.run_queries.groups({.search = {.experiment_ids = ids_of(experiments), .filter = wish.filter, .view = wish.view},
                                                    .by = wish.by,
                                                    .figures = wish.figures,
                                                    .order = wish.sort,
                                                    .limit = static_cast<std::size_t>(wish.limit)}));
  Writer writer;
  writer.begin_object();
  writer.field("total", groups.total);
  writer.field("runs", groups.runs);
  columns_field(writer, "by", wish.by, groups.kinds);
  writer.key("figures");
  writer.begin_array();
  for (const auto& text : wish.figures) writer.string(text);
  writer.end_array();
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : groups.rows) group_row(writer, row, groups, wish.by);
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<tracking::Language> language_of(std::string_view word) {
  if (word == "filter") return tracking::Language::filter;
  if (word == "sort") return tracking::Language::order;
  if (word == "column") return tracking::Language::column;
  return fail(Code::invalid, fmt::format("'language' cannot be '{:.40}'", word), {}, "one of: filter, sort, column");
}

void suggestions_field(Writer& writer, const tracking::Completion& completion) {
  writer.key("suggestions");
  writer.begin_array();
  for (const auto& suggestion : completion.suggestions) {
    writer.begin_object();
    writer.field("text", suggestion.text);
    writer.field("insert", suggestion.insert);
    writer.field("kind", suggestion.kind);
    writer.field("detail", suggestion.detail);
    writer.end_object();
  }
  writer.end_array();
}

Result<net::Response> complete_text(const Rooms& rooms, const net::Request& request) {
  const auto wish = TRY(body<CompleteBody>(request));
  const auto end = static_cast<std::int64_t>(wish.text.size());
  const auto cursor = static_cast<std::size_t>(std::clamp<std::int64_t>(wish.cursor.value_or(end), 0, end));
  const auto completion =
      TRY(rooms.run_queries.complete({ids_of(TRY(experiments_of(rooms.tracking, wish.experiments))), TRY(language_of(wish.language)), wish.text, cursor}));
  Writer writer;
  writer.begin_object();
  writer.field("from", static_cast<std::int64_t>(completion.from));
  writer.field("to", static_cast<std::int64_t>(completion.to));
  suggestions_field(writer, completion);
  writer.field("more", completion.more);
  writer.key("trouble");
  if (completion.trouble) {
    writer.begin_object();
    writer.field("column", static_cast<std::int64_t>(completion.trouble->column));
    writer.field("what", completion.trouble->what);
    writer.end_object();
  } else {
    writer.null();
  }
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_run_query_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "POST", "/runs/query", query_runs);
  add(router, rooms, "POST", "/runs/groups", group_runs);
  add(router, rooms, "POST", "/runs/complete", complete_text);
}

}  // namespace gyre::rest
