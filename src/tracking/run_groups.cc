// Groups of runs, reckoned over all that match: the database hands over each run's few values once.
#include <algorithm>
#include <cmath>
#include <compare>

#include "tracking/group_figures.h"
#include "tracking/row_stream.h"
#include "tracking/run_columns.h"
#include "tracking/run_narrowing.h"
#include "tracking/run_query_state.h"

namespace gyre::tracking {
namespace {

// Orders cells: numbers, NaN, texts, nothing last.
std::weak_ordering compare_cells(const Cell& a, const Cell& b) {
  const auto rank = [](const Cell& cell) {
    if (const auto* number = std::get_if<double>(&cell)) return std::isnan(*number) ? 1 : 0;
    return std::holds_alternative<std::string>(cell) ? 2 : 3;
  };
  if (rank(a) != rank(b)) return rank(a) <=> rank(b);
  if (rank(a) == 0)
    return std::get<double>(a) < std::get<double>(b)   ? std::weak_ordering::less
           : std::get<double>(a) > std::get<double>(b) ? std::weak_ordering::greater
                                                       : std::weak_ordering::equivalent;
  return rank(a) == 2 ? std::weak_ordering(std::get<std::string>(a) <=> std::get<std::string>(b)) : std::weak_ordering::equivalent;
}

struct KeysLess {
  bool operator()(const std::vector<Cell>& a, const std::vector<Cell>& b) const {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (const auto order = compare_cells(a[i], b[i]); order != 0) return order < 0;
    }
    return false;
  }
};

struct Sums {
  std::int64_t runs = 0;
  std::vector<FigureSum> figures;
};

class Grouping {
 public:
  Grouping(const std::vector<RunColumn>& by, const std::vector<RunColumn>& figures) : by_(by), figures_(figures) {}

  Result<void> add(std::span<const OwnedValue> values) {
    std::vector<Cell> keys;
    for (const auto& column : by_) keys.push_back(cell_of(column, values));
    auto at = groups_.find(keys);
    if (at == groups_.end()) {
      TRY(note_new(keys));
      at = groups_.emplace(std::move(keys), Sums{0, std::vector<FigureSum>(figures_.size())}).first;
    }
    ++at->second.runs;
    for (std::size_t i = 0; i < figures_.size(); ++i) {
      const auto cell = cell_of(figures_[i], values);
      if (const auto* number = std::get_if<double>(&cell)) at->second.figures[i].add(*number);
    }
    return {};
  }

  RunGroups finish() const {
    RunGroups groups;
    groups.total = static_cast<std::int64_t>(groups_.size());
    for (const auto& [keys, sums] : groups_) {
      auto& row = groups.rows.emplace_back(keys, sums.runs, std::vector<GroupFigure>());
      for (const auto& figure : sums.figures) row.figures.push_back(figure.figure());
      groups.runs += sums.runs;
    }
    return groups;
  }

 private:
  Result<void> note_new(const std::vector<Cell>& keys) {
    for (const auto& key : keys) bytes_ += std::holds_alternative<std::string>(key) ? std::get<std::string>(key).size() : sizeof(double);
    if (groups_.size() < kMaxGroups && bytes_ <= kMaxGroupKeyBytes) return {};
    return fail(Code::invalid, fmt::format("The runs fall into more than {} groups.", groups_.size()), {},
                "group by a field with fewer values, or let the filter leave fewer runs");
  }

  const std::vector<RunColumn>& by_;
  const std::vector<RunColumn>& figures_;
  std::map<std::vector<Cell>, Sums, KeysLess> groups_;
  std::size_t bytes_ = 0;
};

// What groups are sorted by.
struct GroupOrder {
  enum class Of { runs, key, figure } of = Of::runs;
  std::size_t index = 0;
  std::string statistic = "mean";
  bool descending = true;
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Takes a last word, ASC or DESC, off the text.
std::optional<bool> take_direction(std::string_view& text) {
  const auto last = lower(text.substr(text.rfind(' ') + 1));
  if (last != "asc" && last != "desc") return std::nullopt;
  text = trimmed(text.substr(0, text.size() - last.size()));
  return last == "desc";
}

constexpr std::string_view kFigureStatistics[] = {"n", "mean", "deviation", "min", "max"};

Result<GroupOrder> order_of(const GroupQuery& query) {
  auto text = trimmed(query.order);
  if (text.empty()) return GroupOrder{};
  GroupOrder order;
  const auto direction = take_direction(text);
  order.descending = direction.value_or(false);
  if (text == "runs") return order;
  if (const auto at = std::ranges::find(query.by, text); at != query.by.end()) {
    order.of = GroupOrder::Of::key;
    order.index = static_cast<std::size_t>(at - query.by.begin());
    return order;
  }
  order.of = GroupOrder::Of::figure;
  for (const auto statistic : kFigureStatistics) {
    if (!lower(text).starts_with(fmt::format("{}(", statistic)) || !text.ends_with(')')) continue;
    order.statistic = statistic;
    text = trimmed(text.substr(statistic.size() + 1, text.size() - statistic.size() - 2));
    break;
  }
  const auto at = std::ranges::find(query.figures, text);
  if (at == query.figures.end())
    return fail(
        Code::invalid, fmt::format("Groups cannot be sorted by '{:.200}'.", query.order), {},
        "by runs, by a field they are grouped by, or by a figure: itself (its mean), or n, mean, deviation, min or max of it, as in 'max(metrics.auc) DESC'");
  order.index = static_cast<std::size_t>(at - query.figures.begin());
  return order;
}

std::optional<double> measure_of(const RunGroups::Row& row, const GroupOrder& order) {
  if (order.of == GroupOrder::Of::runs) return static_cast<double>(row.runs);
  const auto& figure = row.figures[order.index];
  if (order.statistic == "n") return static_cast<double>(figure.n);
  if (order.statistic == "deviation") return figure.deviation;
  return order.statistic == "min" ? figure.min : order.statistic == "max" ? figure.max : figure.mean;
}

// Groups without the figure come last either way; equal ones stand in the order of their keys.
class GroupLess {
 public:
  explicit GroupLess(const GroupOrder& order) : order_(order) {}
  bool operator()(const RunGroups::Row& a, const RunGroups::Row& b) const {
    const auto compared = order_.of == GroupOrder::Of::key ? by_key(a, b) : by_measure(a, b);
    return compared != 0 ? compared < 0 : KeysLess()(a.keys, b.keys);
  }

 private:
  std::weak_ordering by_key(const RunGroups::Row& a, const RunGroups::Row& b) const {
    const auto &left = a.keys[order_.index], &right = b.keys[order_.index];
    const bool missing = std::holds_alternative<std::monostate>(left) || std::holds_alternative<std::monostate>(right);
    return order_.descending && !missing ? compare_cells(right, left) : compare_cells(left, right);
  }
  std::weak_ordering by_measure(const RunGroups::Row& a, const RunGroups::Row& b) const {
    const auto left = measure_of(a, order_), right = measure_of(b, order_);
    if (!left || !right) return right.has_value() <=> left.has_value();
    if (*left == *right) return std::weak_ordering::equivalent;
    return (*left < *right) != order_.descending ? std::weak_ordering::less : std::weak_ordering::greater;
  }

  const GroupOrder& order_;
};

}  // namespace

Result<RunGroups> RunQueries::groups(const GroupQuery& query) {
  if (query.by.empty() || query.by.size() > kMaxGroupFields)
    return fail(Code::invalid, fmt::format("runs are grouped by 1 to {} fields, not by {}", kMaxGroupFields, query.by.size()));
  if (query.figures.size() > kMaxFigures)
    return fail(Code::invalid, fmt::format("{} figures are asked for; at most {} are reckoned", query.figures.size(), kMaxFigures));
  const auto order = TRY(order_of(query));
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  auto statement = TRY(statement_of(query.search, context));
  const auto by = TRY(add_columns(statement, query.by, "group", context));
  const auto figures = TRY(add_figures(statement, query.figures, context));
  TRY(state_->settler.settle());
  auto groups = TRY(db_.read([&](sql::Tx& tx) -> Result<RunGroups> {
    Grouping grouping(by, figures);
    std::vector<OwnedValue> values;
    const auto asked = TRY(narrowed(tx, statement, query.search.filter));
    const auto text = fmt::format("SELECT {} FROM {} WHERE {}", fmt::join(asked.columns, ", "), asked.from, asked.where);
    TRY(stream_rows(tx, db_.dialect(), text, asked.args(), [&](std::span<const sql::Value> row) {
      values.clear();
      for (const auto& value : row) values.push_back(owned(value));
      return grouping.add(values);
    }));
    return grouping.finish();
  }));
  for (const auto& column : by) groups.kinds.push_back(column.kind);
  std::ranges::sort(groups.rows, GroupLess(order));
  groups.rows.resize(std::min({groups.rows.size(), query.limit, kMaxGroupsShown}));
  return groups;
}

std::optional<std::string> condition_of(const RunGroups::Row& row, const std::vector<std::string>& by) {
  std::string text;
  for (std::size_t i = 0; i < by.size(); ++i) {
    const auto& key = row.keys[i];
    text += text.empty() ? "" : " AND ";
    if (std::holds_alternative<std::monostate>(key)) {
      text += by[i] + " IS NULL";
    } else if (const auto* number = std::get_if<double>(&key)) {
      if (!std::isfinite(*number)) return std::nullopt;
      text += fmt::format("{} = {}", by[i], *number);
    } else {
      const auto& value = std::get<std::string>(key);
      const char mark = value.contains('\'') ? '"' : '\'';
      if (value.contains(mark)) return std::nullopt;
      text += fmt::format("{} = {}{}{}", by[i], mark, value, mark);
    }
  }
  return text;
}

}  // namespace gyre::tracking
