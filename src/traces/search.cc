// Traces found, counted against each other, and removed.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "traces/filter.h"
#include "traces/store.h"
#include "tracking/cursor.h"

namespace gyre::traces {
namespace {

constexpr std::size_t kMaxExperiments = 1000;

struct Scope {
  std::string text;  // a condition on `traces AS t`
  std::vector<sql::Value> args;
};

Result<Scope> scope_of(const std::vector<std::string>& experiment_ids) {
  if (experiment_ids.size() > kMaxExperiments) return fail(Code::invalid, fmt::format("a search is over at most {} experiments", kMaxExperiments));
  Scope scope{fmt::format("t.experiment_id IN ({})", sql::places(experiment_ids.size())), {}};
  for (const auto& id : experiment_ids) scope.args.push_back(sql::to_value(TRY(experiment_number(id))));
  return scope;
}

void append(std::vector<sql::Value>& args, const Where& where) {
  for (const auto& value : where.args()) args.push_back(value);
}

// Normalised pointwise mutual information of two events, from how often both, one and none of them came; `smoothing` is added to each.
double npmi_of(const Correlation& counts, double smoothing) {
  const auto both = static_cast<double>(counts.joint), first = static_cast<double>(counts.first) - both, second = static_cast<double>(counts.second) - both,
             none = static_cast<double>(counts.total) - first - second - both;
  if (both == 0 && smoothing == 0) return -1;
  if (first == 0 && second == 0 && none == 0) return 1;
  const auto n11 = both + smoothing, n1 = n11 + first + smoothing, n2 = n11 + second + smoothing, n = n1 + second + none + 2 * smoothing;
  const auto pmi = std::log(n11) + std::log(n) - std::log(n1) - std::log(n2);
  return std::clamp(pmi / (std::log(n) - std::log(n11)), -1.0, 1.0);
}

std::string fingerprint(const Search& search) {
  std::string text = search.filter;
  for (const auto& id : search.experiment_ids) text += '\n' + id;
  for (const auto& item : search.order_by) text += '\n' + item;
  return text;
}

// One page, and one trace more where there is a next page.
struct PageStatement {
  std::string text;
  std::vector<tracking::Bound> values;
  std::string bind(tracking::Bound value) {
    values.push_back(std::move(value));
    return fmt::format("${}", values.size());
  }
  std::vector<sql::Value> args() const { return tracking::to_args(values); }
};

Result<PageStatement> page_of(const Search& search, sql::Dialect dialect) {
  if (search.experiment_ids.size() > kMaxExperiments) return fail(Code::invalid, fmt::format("a search is over at most {} experiments", kMaxExperiments));
  PageStatement page;
  std::string experiments;
  for (const auto& id : search.experiment_ids) experiments += fmt::format("{}{}", experiments.empty() ? "" : ", ", page.bind(TRY(experiment_number(id))));
  const auto filter = TRY(compile(search.filter, dialect, page.values.size() + 1));
  page.values.insert(page.values.end(), filter.values.begin(), filter.values.end());
  auto where = fmt::format("t.experiment_id IN ({}) AND {}", experiments, filter.text);
  const auto by = TRY(order(search.order_by, page.values.size() + 1));
  page.values.insert(page.values.end(), by.values.begin(), by.values.end());
  if (!search.after.empty()) {
    const auto values = TRY(tracking::read_cursor(search.after, fingerprint(search), by.keys.size()));
    where += " AND " + tracking::behind(by.keys, values, [&](const tracking::Bound& value) { return page.bind(value); });
  }
  std::string columns, sorted;
  for (const auto& key : by.keys) {
    columns += ", " + key.text;
    sorted += fmt::format("{}{} {}", sorted.empty() ? "" : ", ", key.text, key.descending ? "DESC" : "ASC");
  }
  page.text = fmt::format("SELECT {}{} FROM traces AS t WHERE {} ORDER BY {} LIMIT {}", kTraceFields, columns, where, sorted, page.bind(search.limit + 1));
  return page;
}

}  // namespace

Result<void> Service::check_filter(std::string_view filter) const {
  TRY(compile(filter, db_.dialect()));
  return {};
}

Result<Page<TraceInfo>> Service::search(const Search& search) {
  if (search.limit < 1)
    return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be a positive integer", search.limit));
  if (search.limit > kMaxSearchResults) {
    return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied: Hint: Value was of type 'int'. See the API docs for more "
                                           "information about request parameters.",
                                           search.limit));
  }
  if (search.experiment_ids.empty()) return Page<TraceInfo>{};
  const auto statement = TRY(page_of(search, db_.dialect()));
  return db_.read([&](sql::Tx& tx) -> Result<Page<TraceInfo>> {
    std::vector<TraceRow> rows;
    Page<TraceInfo> page;
    std::string last;  // where the page ends
    TRY(tx.run_with(statement.text, statement.args(), [&](std::span<const sql::Value> row) {
      if (static_cast<std::int64_t>(rows.size()) == search.limit) {
        page.next = last;
        return;
      }
      rows.push_back(sql::to_record<TraceRow>(row.first(kTraceFieldCount)));
      if (static_cast<std::int64_t>(rows.size()) == search.limit) last = tracking::write_cursor(row.subspan(kTraceFieldCount), fingerprint(search));
    }));
    page.rows = TRY(with_notes(tx, rows));
    return page;
  });
}

Result<Correlation> Service::correlation(const CorrelationQuery& query) {
  auto scope = TRY(scope_of(query.experiment_ids));
  if (query.experiment_ids.empty())
    return fail(Code::invalid, "Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters.");
  const auto base = TRY(compile(query.base, db_.dialect(), scope.args.size() + 1));
  append(scope.args, base);
  const auto first = TRY(compile(query.first, db_.dialect(), scope.args.size() + 1));
  append(scope.args, first);
  const auto second = TRY(compile(query.second, db_.dialect(), scope.args.size() + 1));
  append(scope.args, second);
  const auto count = [](std::string_view condition) { return fmt::format("COALESCE(SUM(CASE WHEN {} THEN 1 ELSE 0 END), 0)", condition); };
  const auto text = fmt::format("SELECT {}, {}, {}, COUNT(*) FROM traces AS t WHERE {} AND {}", count(first.text), count(second.text),
                                count(fmt::format("({}) AND ({})", first.text, second.text)), scope.text, base.text);
  struct Counts {
    std::int64_t first, second, joint, total;
  };
  return db_.read([&](sql::Tx& tx) -> Result<Correlation> {
    Counts counts{};
    TRY(tx.run_with(text, scope.args, [&](std::span<const sql::Value> row) { counts = sql::to_record<Counts>(row); }));
    Correlation out{.first = counts.first, .second = counts.second, .joint = counts.joint, .total = counts.total};
    const bool defined = counts.first > 0 && counts.second > 0;
    constexpr double kJeffreysPrior = 0.5;
    out.npmi = defined ? npmi_of(out, 0) : std::numeric_limits<double>::quiet_NaN();
    out.smoothed = defined ? npmi_of(out, kJeffreysPrior) : std::numeric_limits<double>::quiet_NaN();
    return out;
  });
}

Result<std::int64_t> Service::remove(const Removal& removal) {
  if (!removal.until_ms && removal.trace_ids.empty()) return fail(Code::invalid, "Either `max_timestamp_millis` or `trace_ids` must be specified.");
  if (removal.until_ms && !removal.trace_ids.empty()) return fail(Code::invalid, "Only one of `max_timestamp_millis` and `trace_ids` can be specified.");
  if (!removal.trace_ids.empty() && removal.most) return fail(Code::invalid, "`max_traces` can't be specified if `trace_ids` is specified.");
  if (removal.most && *removal.most <= 0) return fail(Code::invalid, fmt::format("`max_traces` must be a positive integer, received {}.", *removal.most));
  if (removal.trace_ids.size() > static_cast<std::size_t>(kRemovalBatch))
    return fail(Code::invalid, fmt::format("at most {} traces are named at once", kRemovalBatch));
  const auto experiment = TRY(experiment_number(removal.experiment_id));
  std::int64_t removed = 0;
  while (!removal.most || removed < *removal.most) {
    const auto batch = removal.most ? std::min(kRemovalBatch, *removal.most - removed) : kRemovalBatch;
    std::vector<sql::Value> args{sql::to_value(experiment), sql::to_value(batch)};
    std::string which = "t.start_ms <= $3";
    if (removal.until_ms) args.push_back(sql::to_value(*removal.until_ms));
    if (!removal.until_ms) which = fmt::format("t.id IN ({})", sql::places(removal.trace_ids.size(), 3));
    for (const auto& id : removal.trace_ids) args.push_back(sql::to_value(id));
    const auto text = fmt::format(
        "DELETE FROM traces WHERE id IN (SELECT t.id FROM traces AS t WHERE t.experiment_id = $1 AND {} ORDER BY t.start_ms, t.id LIMIT $2)", which);
    const auto gone = TRY(db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
      TRY(tx.run_with(text, args));
      return tx.changed_rows();
    }));
    removed += gone;
    if (gone < batch) break;
  }
  return removed;
}

}  // namespace gyre::traces
