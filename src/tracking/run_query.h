// What people and programs ask about many runs at once: chosen columns, how many there are, groups with their figures, and what may
// stand next in a filter that is being written.
#pragma once

#include <memory>
#include <variant>

#include "tracking/tracking.h"

namespace gyre::tracking {

// A value of the filter language: an attribute, metrics.x, params.y, tags.z, arithmetic of them. Of a metric's points a column may also
// ask min(metrics.x), max(metrics.x) and count(metrics.x).
using Cell = std::variant<std::monostate, double, std::string>;  // nothing, a number (NaN and infinities too), a text
enum class ColumnKind { number, text, time, duration };          // times: milliseconds since 1970; durations: milliseconds

struct RunTable {
  std::vector<ColumnKind> kinds;  // of each column
  struct Row {
    RunInfo info;
    std::vector<Cell> cells;
  };
  std::vector<Row> rows;
  std::string next;  // where the next page begins; empty: that was all
};

struct GroupQuery {
  Search search;                     // its order, limit and token mean nothing here
  std::vector<std::string> by;       // one group for each combination of their values; a value that is missing is one too
  std::vector<std::string> figures;  // numbers: what is told of each group
  std::string order = {};            // "runs", one of `by`, or a figure: itself (its mean), or n, mean, deviation, min or max of it, as in
                                     // "max(metrics.auc) DESC"; left out: the largest groups first
  std::size_t limit = 50;
};

// Of the runs of a group that have the value. Infinities count among n and make the mean infinite, or nothing where both are there.
struct GroupFigure {
  std::int64_t n = 0, nan = 0;                                 // NaN is apart: in no figure but its own count
  std::optional<double> mean, deviation, low, high, min, max;  // deviation: of a sample; low, high: the mean's 95 % confidence interval
};

struct RunGroups {
  std::vector<ColumnKind> kinds;  // of each of `by`
  struct Row {
    std::vector<Cell> keys;
    std::int64_t runs = 0;
    std::vector<GroupFigure> figures;
  };
  std::vector<Row> rows;
  std::int64_t total = 0, runs = 0;  // groups, and runs in them all
};

// The filter that leaves the runs of one group of those grouped `by`; nothing where none tells them apart.
std::optional<std::string> condition_of(const RunGroups::Row& row, const std::vector<std::string>& by);

enum class Language { filter, order, column };

struct CompletionQuery {
  std::vector<std::string> experiment_ids;
  Language language = Language::filter;
  std::string text;
  std::size_t cursor = 0;  // bytes before it
};

struct Suggestion {
  std::string text;    // as people read it
  std::string insert;  // what takes the place of from .. to
  std::string kind;    // "field", "key", "value", "word", "sign"
  std::string detail;  // for example how many runs have it
};

struct Trouble {
  std::size_t column = 1;  // of the text, in bytes, from 1
  std::string what;
};

struct Completion {
  std::size_t from = 0, to = 0;  // bytes of the text that a suggestion replaces
  std::vector<Suggestion> suggestions;
  std::int64_t more = 0;           // that are not listed
  std::optional<Trouble> trouble;  // of the whole text
};

constexpr std::size_t kMaxColumns = 64, kMaxGroupFields = 8, kMaxFigures = 16, kMaxGroupsShown = 500, kMaxSuggestions = 40;
constexpr std::int64_t kMaxSkipped = 1'000'000;
constexpr std::size_t kMaxGroups = 50'000;           // that are reckoned at once
constexpr std::size_t kMaxGroupKeyBytes = 32 << 20;  // of all of them
constexpr std::size_t kMaxCompletionBytes = 20'000;
constexpr std::size_t kRunsLookedAt = 200, kKeysLookedAt = 400'000, kRunsOfValues = 2000;  // newest first, for suggestions

// Thread-safe.
class RunQueries {
 public:
  RunQueries(sql::Db& db, const Clock& clock);
  ~RunQueries();

  // A page, in the order of search.order_by, with the values of `columns` beside each run. `skip`: it begins behind so many runs, at most
  // kMaxSkipped; not together with search.after.
  Result<RunTable> rows(const Search& search, const std::vector<std::string>& columns, std::int64_t skip = 0);
  Result<std::int64_t> count(const Search& search);
  // Over all runs that match, exactly.
  Result<RunGroups> groups(const GroupQuery& query);
  // The keys and values that are suggested are those of the newest runs.
  Result<Completion> complete(const CompletionQuery& query);

 private:
  struct State;
  sql::Db& db_;
  const Clock& clock_;
  const std::unique_ptr<State> state_;
};

}  // namespace gyre::tracking
