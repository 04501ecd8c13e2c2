#include "tracking/run_importance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/hash.h"
#include "base/words.h"
#include "stats/correlation.h"
#include "stats/importance.h"
#include "tracking/run_sample.h"

namespace gyre::tracking {
namespace {

constexpr double kClearly = 0.3;      // a rank correlation that is told in words
constexpr std::size_t kMaxTold = 40;  // characters of a value in a sentence

// Of all that the answer is made of.
std::uint64_t seed_of(const RunSample& sample, const std::vector<ParamColumn>& columns) {
  std::string bytes;
  for (const auto value : sample.target) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  for (const auto& column : columns) bytes += column.text + '\n';
  return stable_hash(bytes);
}

// The categories with the highest and the lowest mean of the target.
std::string note_of_category(const ParamColumn& column, const std::vector<double>& target) {
  struct Sum {
    double sum = 0;
    std::int64_t n = 0;
    double mean() const { return sum / static_cast<double>(n); }
  };
  std::map<std::string_view, Sum> sums;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (column.missing[i]) continue;
    auto& sum = sums[column.texts[i]];
    sum.sum += target[i];
    ++sum.n;
  }
  if (sums.size() < 2) return "";
  const auto mean = [](const auto& entry) { return entry.second.mean(); };
  const auto least = std::ranges::min_element(sums, {}, mean), most = std::ranges::max_element(sums, {}, mean);
  const auto told = [](const auto& entry) {
    return fmt::format("{:.{}} ({}, {} run{})", entry.first, kMaxTold, plain_figure(entry.second.mean()), entry.second.n, entry.second.n == 1 ? "" : "s");
  };
  return fmt::format("highest with {}, lowest with {}", told(*most), told(*least));
}

std::string note_of_number(const ImportanceTable::Row& row) {
  if (row.spearman.value_or(0) >= kClearly) return "rises with it";
  if (row.spearman.value_or(0) <= -kClearly) return "falls with it";
  return row.low.value_or(0) > 0 ? "tells of it, but neither rises nor falls with it throughout" : "";
}

ImportanceTable::Row row_of(const ParamColumn& column, const std::vector<double>& target) {
  ImportanceTable::Row row{.param = column.text, .is_number = column.is_number, .n = column.n};
  if (!column.is_number) return row;
  row.pearson = stats::pearson(column.numbers, target);
  row.spearman = stats::spearman(column.numbers, target);
  return row;
}

bool is_constant(const std::vector<double>& values) {
  return std::ranges::all_of(values, [&](double value) { return value == values.front(); });
}

// Why nothing can be learned; empty: it can.
std::string trouble_of(const RunSample& sample, const std::vector<ParamColumn>& columns, std::string_view target) {
  const auto n = std::ssize(sample.target);
  if (n < static_cast<std::int64_t>(stats::kLeastRows))
    return fmt::format("{} run{} {} a number for {:.100}; importance needs {}", n, n == 1 ? "" : "s", n == 1 ? "has" : "have", target, stats::kLeastRows);
  if (is_constant(sample.target)) return fmt::format("{:.100} is the same in all runs", target);
  return columns.empty() ? "no parameter varies among these runs" : "";
}

void add_importance(ImportanceTable& table, const RunSample& sample, const std::vector<ParamColumn>& columns) {
  std::vector<stats::Feature> features;
  for (const auto& column : columns) features.push_back(column.feature());
  const auto report = stats::importance(features, sample.target, seed_of(sample, columns));
  table.explained = report.explained;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& row = table.rows[i];
    row.importance = report.features[i].value, row.low = report.features[i].low, row.high = report.features[i].high;
  }
}

}  // namespace

Result<ImportanceTable> RunImportance::read(const ImportanceQuery& query) {
  if (query.params.size() > kMaxChosenParams)
    return fail(Code::invalid, fmt::format("{} parameters are named; at most {} are answered", query.params.size(), kMaxChosenParams), {},
                "leave 'params' out to have all that vary");
  auto sample = TRY(take_sample(queries_, query));
  const auto [columns, left_out] = TRY(read_columns(db_, query, sample));
  ImportanceTable table{.runs = sample.runs, .used = std::ssize(sample.ids), .missing = sample.missing, .nan = sample.nan, .sampled = sample.sampled};
  table.total = std::ssize(columns);
  table.left_out = left_out;
  for (const auto& column : columns) table.rows.push_back(row_of(column, sample.target));
  table.note = trouble_of(sample, columns, query.target);
  if (table.note.empty()) add_importance(table, sample, columns);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& row = table.rows[i];
    row.note = row.is_number ? note_of_number(row) : row.low.value_or(0) > 0 ? note_of_category(columns[i], sample.target) : "";
  }
  const auto weight = [](const ImportanceTable::Row& row) { return row.importance.value_or(std::abs(row.spearman.value_or(0))); };
  std::ranges::stable_sort(table.rows, std::greater(), weight);
  if (table.rows.size() > query.limit) table.rows.resize(query.limit);
  return table;
}

}  // namespace gyre::tracking
