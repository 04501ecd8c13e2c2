// /runs/query, /runs/groups, /runs/complete: many runs at once
#include <algorithm>
#include <cmath>

#include "api/rest/links.h"
#include "api/rest/routes.h"
#include "api/rest/run_words.h"
#include "api/rest/wire.h"

namespace gyre::rest {

struct RunQueryBody {
  std::vector<std::string> experiments = {}, sort = {}, columns = {};
  std::string filter = {}, view = "ACTIVE_ONLY", cursor = {};
  std::int64_t limit = 50;
  bool count = true;
};
BOOST_DESCRIBE_STRUCT(RunQueryBody, (), (experiments, sort, columns, filter, view, cursor, limit, count))

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

constexpr std::int64_t kMaxExperiments = 1000;

// id -> name; all that are active where none is named.
using Experiments = std::map<std::string, std::string>;
Result<Experiments> experiments_of(const Rooms& rooms, const std::vector<std::string>& ids) {
  if (ids.size() > static_cast<std::size_t>(kMaxExperiments))
    return fail(Code::invalid, fmt::format("'experiments' names {} experiments; at most {} are searched", ids.size(), kMaxExperiments));
  Experiments names;
  for (const auto& id : ids) names[id] = TRY(rooms.tracking.experiment(id)).name;
  if (!ids.empty()) return names;
  for (const auto& one : TRY(rooms.tracking.search_experiments({.order_by = {"name ASC"}, .limit = kMaxExperiments})).rows) names[one.id] = one.name;
  return names;
}

std::vector<std::string> ids_of(const Experiments& experiments) {
  std::vector<std::string> ids;
  for (const auto& [id, name] : experiments) ids.push_back(id);
  return ids;
}

Result<void> check_view(std::string_view view) {
  if (view == "ACTIVE_ONLY" || view == "DELETED_ONLY" || view == "ALL") return {};
  return fail(Code::invalid, fmt::format("'view' cannot be '{:.40}'", view), {}, "one of: ACTIVE_ONLY, DELETED_ONLY, ALL");
}

Result<void> check_limit(std::int64_t limit, std::int64_t least, std::int64_t most) {
  if (limit >= least && limit <= most) return {};
  return fail(Code::invalid, fmt::format("'limit' must be between {} and {}, not {}", least, most, limit));
}

std::string_view word_of(tracking::ColumnKind kind) {
  constexpr std::string_view kWords[] = {"number", "text", "time", "duration"};
  return kWords[static_cast<std::size_t>(kind)];
}

// Of times that ISO 8601 writes with four digits of a year, and of durations: what is beyond stays a number.
constexpr double kFirstTime = -62'135'596'800'000, kLastTime = 253'402'300'799'999, kLongest = 9e15;

void cell(Writer& writer, const tracking::Cell& cell, tracking::ColumnKind kind) {
  const auto* number = std::get_if<double>(&cell);
  if (std::holds_alternative<std::monostate>(cell)) {
    writer.null();
  } else if (!number) {
    writer.string(std::get<std::string>(cell));
  } else if (kind == tracking::ColumnKind::time && *number >= kFirstTime && *number <= kLastTime) {
    writer.string(to_iso(static_cast<TimeMs>(*number)));
  } else if (kind == tracking::ColumnKind::duration && std::abs(*number) < kLongest) {
    writer.integer(std::llround(*number));
  } else {
    writer.number(*number);
  }
}

void columns_field(Writer& writer, std::string_view name, const std::vector<std::string>& texts, const std::vector<tracking::ColumnKind>& kinds) {
  writer.key(name);
  writer.begin_array();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    writer.begin_object();
    writer.field("text", texts[i]);
    writer.field("kind", word_of(kinds[i]));
    writer.end_object();
  }
  writer.end_array();
}

void run_row(Writer& writer, const tracking::RunTable::Row& row, const tracking::RunTable& table, const Experiments& experiments) {
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
  for (std::size_t i = 0; i < row.cells.size(); ++i) cell(writer, row.cells[i], table.kinds[i]);
  writer.end_array();
  writer.end_object();
}

Result<net::Response> query_runs(const Rooms& rooms, const net::Request& request) {
  const auto wish = TRY(body<RunQueryBody>(request));
  TRY(check_limit(wish.limit, 0, kMaxPage));
  TRY(check_view(wish.view));
  const auto experiments = TRY(experiments_of(rooms, wish.experiments));
  const tracking::Search search{.experiment_ids = ids_of(experiments),
                                .filter = wish.filter,
                                .view = wish.view,
                                .order_by = wish.sort,
                                .limit = std::max<std::int64_t>(1, wish.limit),
                                .after = wish.cursor};
  auto table = TRY(rooms.run_queries.rows(search, wish.columns));
  if (wish.limit == 0) table.rows.clear(), table.next.clear();  // a count alone; what is asked is checked all the same
  Writer writer;
  writer.begin_object();
  maybe_integer_field(writer, "total", wish.count ? std::optional(TRY(rooms.run_queries.count(search))) : std::nullopt);
  cursor_field(writer, table.next.empty() ? std::nullopt : std::optional(table.next));
  columns_field(writer, "columns", wish.columns, table.kinds);
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : table.rows) run_row(writer, row, table, experiments);
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
  for (std::size_t i = 0; i < row.keys.size(); ++i) cell(writer, row.keys[i], groups.kinds[i]);
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
  const auto experiments = TRY(experiments_of(rooms, wish.experiments));
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
      TRY(rooms.run_queries.complete({ids_of(TRY(experiments_of(rooms, wish.experiments))), TRY(language_of(wish.language)), wish.text, cursor}));
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
