// gyre monitor report: drift between two files of rows, here and now; no server is asked.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/cli/monitor.h"
#include "monitoring/drift_report.h"

namespace gyre::cli {
namespace {

constexpr std::int64_t kMemoryBytes = 4LL << 30;
constexpr std::int64_t kPatienceMs = 400;
constexpr int kThreads = 2;
constexpr std::array<std::string_view, 8> kMeasures = {"js", "psi", "ks", "w1", "chi2", "missing", "unseen", "out_of_range"};

struct Judgement {
  std::string measure;
  double limit = 0.1;
  // Nothing for a column that does not have the measure.
  std::optional<double> value(const monitoring::ComparedColumn& column) const {
    const auto found = column.measures.find(measure);
    return found == column.measures.end() ? std::nullopt : std::optional(found->second);
  }
  bool drifted(const monitoring::ComparedColumn& column) const { return value(column).value_or(0) > limit; }
};

Result<Judgement> read_judgement(const Invocation& call) {
  Judgement judgement{.measure = call.option("by", "js")};
  if (std::ranges::find(kMeasures, judgement.measure) == kMeasures.end()) {
    return fail(Code::invalid, fmt::format("'{}' is no measure of drift", judgement.measure), {}, fmt::format("{}", fmt::join(kMeasures, ", ")));
  }
  const auto limit = call.option("limit", "0.1");
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), judgement.limit);
  if (error != std::errc() || end != limit.data() + limit.size() || !(judgement.limit >= 0))
    return fail(Code::invalid, fmt::format("'{}' is no limit: a number from 0 on", limit));
  return judgement;
}

json::Array names(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

json::Value document(const monitoring::DriftReport& report, const Judgement& judgement, std::size_t drifted) {
  json::Array columns;
  for (const auto& column : report.columns) {
    json::Object measures;
    for (const auto& [name, value] : column.measures) measures.emplace_back(name, value);
    columns.emplace_back(json::Object{{"name", column.name},
                                      {"kind", column.category ? "category" : "number"},
                                      {"reference_rows", column.reference_rows},
                                      {"current_rows", column.current_rows},
                                      {"measures", std::move(measures)},
                                      {"drifted", judgement.drifted(column)}});
  }
  return json::Object{{"reference_rows", report.reference_rows},
                      {"current_rows", report.current_rows},
                      {"measure", judgement.measure},
                      {"limit", judgement.limit},
                      {"drifted", static_cast<std::int64_t>(drifted)},
                      {"columns", std::move(columns)},
                      {"not_in_current", names(report.not_in_current)},
                      {"not_in_reference", names(report.not_in_reference)},
                      {"not_compared", names(report.not_compared)},
                      {"left_out", names(report.left_out)}};
}

void print_table(const monitoring::DriftReport& report, const Judgement& judgement) {
  auto columns = report.columns;
  if (human())
    std::ranges::sort(columns, {}, [&](const auto& column) { return std::pair(-judgement.value(column).value_or(-1), std::string_view(column.name)); });
  std::vector<Table::Column> titles = {{"COLUMN"}, {"STATUS"}};
  for (const auto measure : kMeasures) titles.push_back({std::string(measure), true, measure == judgement.measure ? 0 : 2});
  titles.push_back({"N", true, 3});
  Table table(std::move(titles));
  for (const auto& column : columns) {
    const bool drifted = judgement.drifted(column);
    std::vector<std::string> cells = {safe(column.name), mark(drifted ? "warn" : "ok", drifted ? "drifted" : "same")};
    for (const auto measure : kMeasures) {
      const auto value = column.measures.find(std::string(measure));
      cells.push_back(value == column.measures.end() ? nothing() : figure(value->second));
    }
    cells.push_back(count(column.current_rows));
    table.add(std::move(cells));
  }
  table.print();
}

void tell_left_out(std::string_view what, const std::vector<std::string>& columns) {
  if (!columns.empty()) tell(fmt::format("{}: {}", what, safe(fmt::format("{}", fmt::join(columns, ", ")))));
}

Result<int> report_drift(const Invocation& call) {
  const auto judgement = TRY(read_judgement(call));
  const auto engine = query::open({.memory_bytes = kMemoryBytes, .threads = kThreads, .library = {}, .scratch = {}});
  Progress progress(kPatienceMs);
  const auto tell_progress = [&](double percent) { progress.show(fmt::format("reading  {}  {:.0f} %", bar(percent / 100, 16), percent)); };
  const auto report = TRY(monitoring::compare_files(*engine, call.positional("reference"), call.positional("current"), call.list("except"),
                                                    {.cancelled = {}, .progress = tell_progress}));
  progress.clear();
  const auto drifted = static_cast<std::size_t>(std::ranges::count_if(report.columns, [&](const auto& column) { return judgement.drifted(column); }));
  if (call.json) {
    print_document(call, "drift-report/1", document(report, judgement, drifted));
  } else {
    print_table(report, judgement);
    tell_left_out("only in the reference", report.not_in_current);
    tell_left_out("only in the current rows", report.not_in_reference);
    tell_left_out("neither numbers nor texts", report.not_compared);
    tell_left_out("left out", report.left_out);
    tell(fmt::format("{} of {} columns drifted: {} over {}", drifted, report.columns.size(), judgement.measure, judgement.limit));
  }
  return drifted > 0 || !report.not_in_current.empty() ? kAnswerIsNo : kDone;
}

const Command kCommands[] = {{
    .noun = "monitor",
    .verb = "report",
    .summary = "Drift between two files of rows, without a server; exit 6 when a column drifted or is gone",
    .example = "gyre monitor report reference.parquet today.parquet --by js --limit 0.1",
    .positionals = {{"reference", "rows as they should be: .parquet, .csv, .tsv, .json or .ndjson", true, false, Names::file},
                    {"current", "rows as they are", true, false, Names::file}},
    .options = {{"by", "MEASURE", "what a column is judged by: js, psi, ks, w1, chi2, missing, unseen or out_of_range (js)"},
                {"limit", "X", "above it a column has drifted (0.1)"},
                {.name = "except", .value = "COLUMN", .help = "leave this one out; may be repeated", .many = true}},
    .run = report_drift,
}};

}  // namespace

std::span<const Command> monitor_report_commands() { return kCommands; }

}  // namespace gyre::cli
