// gyre run diff: what runs differ in, and whether it mattered.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/run.h"
#include "app/cli/run_ref.h"

namespace gyre::cli {
namespace {

constexpr std::string_view kSections[] = {"params", "metrics", "data", "environment", "tags"};

// Runs are columns: the base first, as it was named.
Table table_of(const json::Value& made) {
  std::vector<Table::Column> columns{{.title = "KEY"}};
  for (const auto& run : items(made["runs"]))
    columns.push_back({.title = text(run["name"]), .drop = columns.size() > 2 ? static_cast<int>(columns.size()) : 0});
  return Table(std::move(columns));
}

std::string signed_figure(const json::Value& delta) {
  const auto told = figure(delta);
  return number(delta).value_or(0) > 0 ? "+" + told : told;
}

// ".887  -.026 worse"; programs get the last value alone.
std::string metric_cell(const json::Value& cell, std::string_view better) {
  if (cell.is_null()) return nothing();
  auto told = figure(cell["last"]);
  const auto delta = number(cell["delta"]);
  if (!human() || !delta) return told;
  if (*delta == 0) return paint("=", Tone::dim);
  told += "  " + signed_figure(cell["delta"]);
  if (cell["within_noise"].bool_or(false)) return told + paint(" within noise", Tone::dim);
  if (better.empty()) return told;
  const bool is_better = (*delta > 0) == (better == "higher");
  return told + paint(is_better ? " better" : " worse", is_better ? Tone::ok : Tone::warn);
}

// "=" where it is the base's.
std::vector<std::string> cells_of(const json::Value& row, std::size_t base) {
  std::vector<std::string> cells;
  if (row["cells"].if_array()) {
    for (const auto& cell : items(row["cells"])) cells.push_back(metric_cell(cell, row["better"].string_or("")));
    return cells;
  }
  const auto& values = items(row["values"]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool quiet = human() && i != base && values[i] == values[base];
    cells.push_back(quiet ? paint("=", Tone::dim) : values[i].is_null() ? nothing() : text(values[i]));
  }
  return cells;
}

void print_section(const json::Value& made, std::string_view name, std::size_t base) {
  const auto& section = made[name];
  if (items(section["rows"]).empty()) return;
  heading(fmt::format("{}  {} of {} differ", name, count(section["differ"]), count(section["total"])));
  auto table = table_of(made);
  for (const auto& row : items(section["rows"])) {
    auto cells = cells_of(row, base);
    cells.insert(cells.begin(), human() ? text(row["key"]) : fmt::format("{}.{}", name, text(row["key"])));
    table.add(std::move(cells));
  }
  table.print(human() ? 2 : 0);
}

void print_code(const json::Value& made) {
  for (std::size_t i = 0; i < items(made["code"]).size(); ++i) {
    const auto& diff = items(made["code"])[i]["diff"];
    if (!diff.is_null()) fmt::print("{}", printable(diff["text"].string_or("")));
  }
}

std::size_t base_of(const json::Value& made) {
  std::size_t base = 0;
  for (const auto& run : items(made["runs"])) {
    if (run["base"].bool_or(false)) return base;
    ++base;
  }
  return 0;
}

}  // namespace

Result<int> diff_runs(const Invocation& call) {
  Remote remote(call);
  json::Array ids{TRY(run_id(remote, call, Several::refuse))};
  for (const auto& name : call.list("others")) ids.emplace_back(TRY(run_id_of(remote, call, name, Several::refuse)));
  json::Value question = json::Object{{"ids", std::move(ids)}, {"only_differences", !call.has("same")}};
  if (call.has("metric")) question.set("target", call.option("metric"));
  const auto made = TRY(remote.post("/api/v1/runs/compare", question));
  if (call.json) return print_document(call, "run-diff/1", made);
  if (human()) {
    print_wrapped(made["statement"].string_or(""), "");
  } else {
    tell(made["statement"].string_or(""));
  }
  for (const auto section : kSections) print_section(made, section, base_of(made));
  if (call.has("code")) print_code(made);
  if (!call.has("code") && std::ranges::any_of(items(made["code"]), [](const json::Value& one) { return !one["diff"].is_null(); }))
    tell("their code differs, too: --code shows how");
  return kDone;
}

}  // namespace gyre::cli
