// Issues: what is wrong with an application, as its traces show it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "genai/store.h"
#include "traces/of_issue.h"
#include "tracking/filter.h"
#include "tracking/presence.h"

namespace gyre::genai {
namespace {

constexpr std::array<std::string_view, 3> kStatuses{"pending", "rejected", "resolved"};
constexpr std::array<std::string_view, 4> kSeverities{"not_an_issue", "low", "medium", "high"};
constexpr std::string_view kRank = "CASE i.severity WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 WHEN 'not_an_issue' THEN 0 ELSE -1 END";

struct Row {
  std::string id;
  std::int64_t experiment_id;
  std::string name, description, status;
  std::optional<std::string> severity;
  std::string root_causes, categories;
  std::optional<std::string> source_run_id, created_by;
  std::int64_t created_ms, updated_ms, traces;
};

std::string select(std::string_view traces = "0") {
  return fmt::format(
      "SELECT i.id, i.experiment_id, i.name, i.description, i.status, i.severity, i.root_causes, i.categories, i.source_run_id, i.created_by, i.created_ms, "
      "i.updated_ms, {} AS trace_count FROM issues AS i ",
      traces);
}

std::string as_list(const std::vector<std::string>& texts) {
  json::Array list;
  for (const auto& text : texts) list.emplace_back(text);
  return json::to_text(list);
}

std::vector<std::string> from_list(std::string_view text) {
  std::vector<std::string> texts;
  const auto list = json::parse(text);
  if (!list || !list->if_array()) return texts;
  for (const auto& item : *list->if_array()) texts.push_back(json::unquoted(item));
  return texts;
}

Issue to_issue(Row row) {
  return {.id = std::move(row.id),
          .experiment_id = std::to_string(row.experiment_id),
          .name = std::move(row.name),
          .description = std::move(row.description),
          .status = std::move(row.status),
          .severity = std::move(row.severity),
          .root_causes = from_list(row.root_causes),
          .categories = from_list(row.categories),
          .source_run_id = std::move(row.source_run_id),
          .created_by = std::move(row.created_by),
          .created_ms = row.created_ms,
          .updated_ms = row.updated_ms,
          .traces = {}};
}

Result<Issue> get(sql::Tx& tx, std::string_view id) {
  auto row = TRY(tx.select_one<Row>(select() + "WHERE i.id = $1", id));
  if (!row) return fail(Code::not_found, fmt::format("Issue with ID '{:.80}' not found", id));
  return to_issue(std::move(*row));
}

template <std::size_t N>
Result<void> check_one_of(std::string_view what, const std::optional<std::string>& value, const std::array<std::string_view, N>& known) {
  if (!value || std::ranges::find(known, *value) != known.end()) return {};
  return fail(Code::invalid, fmt::format("Invalid issue {} '{:.80}': it is one of {}", what, *value, fmt::join(known, ", ")));
}

Result<void> check_bytes(const Issue& issue) {
  auto bytes = issue.name.size() + issue.description.size();
  for (const auto* list : {&issue.root_causes, &issue.categories}) {
    for (const auto& text : *list) {
      TRY(check_text("root_causes and categories", text, kMaxIssueBytes));
      bytes += text.size();
    }
  }
  if (bytes > kMaxIssueBytes) return fail(Code::invalid, fmt::format("an issue has at most {} bytes, not {}", kMaxIssueBytes, bytes));
  return {};
}

Result<void> check(const Issue& issue) {
  TRY(check_text("name", issue.name, kMaxName));
  TRY(check_text("description", issue.description, kMaxIssueBytes));
  TRY(check_text("created_by", issue.created_by.value_or(""), kMaxName));
  TRY(check_one_of("status", issue.status, kStatuses));
  TRY(check_one_of("severity", issue.severity, kSeverities));
  return check_bytes(issue);
}

Result<void> check_run(sql::Tx& tx, const std::optional<std::string>& run_id) {
  if (!run_id || TRY(tracking::has_run(tx, *run_id))) return {};
  return fail(Code::not_found, fmt::format("Run with id={:.80} not found", *run_id));
}

const tracking::Fields& fields() {
  static const tracking::Fields kFields{
      {{"status", "i.status"}, {"source_run_id", "i.source_run_id"}, {"severity", "i.severity"}, {"name", "i.name"}}, {}, {}, {}};
  return kFields;
}

}  // namespace

Result<Issue> Service::create_issue(const Issue& given) {
  TRY(check(given));
  auto issue = given;
  issue.id = "iss-" + make_hex_id();
  const auto experiment = TRY(experiment_number(issue.experiment_id));
  if (const auto there = TRY(tracking_.experiment(issue.experiment_id)); there.lifecycle != "active")
    return fail(Code::not_found, fmt::format("No Experiment with id={} exists", issue.experiment_id));
  return db_.write([&](sql::Tx& tx) -> Result<Issue> {
    TRY(check_run(tx, issue.source_run_id));
    const auto now_ms = clock_.now_ms();
    TRY(
        tx.exec("INSERT INTO issues (id, experiment_id, name, description, status, severity, root_causes, categories, source_run_id, created_by, created_ms, "
                "updated_ms) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                issue.id, experiment, issue.name, issue.description, issue.status, issue.severity, as_list(issue.root_causes), as_list(issue.categories),
                issue.source_run_id, issue.created_by, now_ms, now_ms));
    return get(tx, issue.id);
  });
}

Result<Issue> Service::issue(std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return get(tx, id); });
}

Result<Issue> Service::update_issue(std::string_view id, const IssueUpdate& update) {
  return db_.write([&](sql::Tx& tx) -> Result<Issue> {
    auto issue = TRY(get(tx, id));
    if (update.name) issue.name = *update.name;
    if (update.description) issue.description = *update.description;
    if (update.status) issue.status = *update.status;
    if (update.severity) issue.severity = *update.severity;
    TRY(check(issue));
    issue.updated_ms = clock_.now_ms();
    TRY(tx.exec("UPDATE issues SET name = $1, description = $2, status = $3, severity = $4, updated_ms = $5 WHERE id = $6", issue.name, issue.description,
                issue.status, issue.severity, issue.updated_ms, id));
    return issue;
  });
}

Result<Page<Issue>> Service::search_issues(const IssueSearch& asked) {
  const auto& search = asked.search;
  TRY(check_page(search.limit, kMaxSearchResults));
  const auto where = TRY(tracking::compile(search.filter, fields(), 1, {db_.dialect(), clock_.now_ms()}));
  auto args = where.args();
  std::string within = "1 = 1";
  if (asked.experiment_id) {
    args.push_back(sql::to_value(TRY(experiment_number(*asked.experiment_id))));
    within = fmt::format("i.experiment_id = ${}", args.size());
  }
  args.push_back(sql::to_value(search.limit + 1));
  args.push_back(sql::to_value(search.offset));
  const auto text =
      fmt::format("{}WHERE {} AND {} ORDER BY {} DESC, trace_count DESC, i.created_ms DESC, i.id DESC LIMIT ${} OFFSET ${}",
                  asked.count_traces ? select(traces::traces_of_issue("i.id")) : select(), where.text, within, kRank, args.size() - 1, args.size());
  return db_.read([&](sql::Tx& tx) -> Result<Page<Issue>> {
    Page<Issue> page;
    TRY(tx.run_with(text, args, [&](std::span<const sql::Value> values) {
      auto row = sql::to_record<Row>(values);
      const auto traces = row.traces;
      page.rows.push_back(to_issue(std::move(row)));
      if (asked.count_traces) page.rows.back().traces = traces;
    }));
    if (static_cast<std::int64_t>(page.rows.size()) > search.limit) {
      page.rows.pop_back();
      page.next_offset = search.offset + search.limit;
    }
    return page;
  });
}

}  // namespace gyre::genai
