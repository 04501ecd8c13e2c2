#include "tracking/experiment_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tracking/key_walk.h"
#include "tracking/presence.h"
#include "tracking/rules.h"

namespace gyre::tracking {

using Time = std::chrono::steady_clock::time_point;

// What is known of one experiment's keys of one kind. The database is read under its lock, a piece at a time: those who ask for the same
// wait for each other's piece and do not read it twice.
struct ExperimentKeys::Book {
  std::optional<KeyCount> whole;  // the last count that came to its end; plus keys that are new since
  Time counted_at{};
  std::optional<KeyWalk> walk;  // goes on
  std::optional<Time> asked_at;

  bool is_stale(Time now) const { return !whole || whole->rows <= kCheapRows || now - counted_at > whole->rows * kKeptPerRow; }

  // Begins or goes on with a walk until it ends, or `until`; at least one piece.
  Result<void> go_on(sql::Db& db, const BookId& id, Time until) {
    if (!walk) walk.emplace();
    do {
      TRY(walk_on(db, id.first, id.second, *walk));
    } while (!walk->ended && std::chrono::steady_clock::now() < until);
    if (walk->ended) {
      whole = sorted(*walk);
      counted_at = std::chrono::steady_clock::now();
      walk.reset();
    } else if (whole) {
      add_new(*whole, *walk);
    }
    return {};
  }
};

ExperimentKeys::ExperimentKeys(sql::Db& db) : db_(db) {}
ExperimentKeys::~ExperimentKeys() = default;

std::shared_ptr<Guarded<ExperimentKeys::Book>> ExperimentKeys::book_of(const BookId& id) {
  return books_.with([&](auto& books) {
    if (const auto at = books.find(id); at != books.end()) return at->second;
    if (books.size() >= kMaxBooks) {
      const auto asked = [](const auto& entry) { return entry.second->with([](const Book& book) { return book.asked_at.value_or(Time()); }); };
      books.erase(std::ranges::min_element(books, {}, asked));
    }
    return books[id] = std::make_shared<Guarded<Book>>();
  });
}

Result<KeyPage> ExperimentKeys::find(const KeySearch& search) {
  if (search.match.size() > kMaxMatchBytes) return fail(Code::invalid, fmt::format("'match' has more than {} bytes", kMaxMatchBytes));
  struct Number {
    std::int64_t n;
  };
  const auto experiment = TRY(parse_experiment_id(search.experiment_id));
  const auto runs = TRY(db_.read([&](sql::Tx& tx) -> Result<std::int64_t> {
    if (!TRY(has_experiment(tx, experiment))) return fail(Code::not_found, fmt::format("No Experiment with id={} exists", search.experiment_id));
    return TRY(tx.select<Number>("SELECT COUNT(*) FROM runs WHERE experiment_id = $1 AND lifecycle = 'active'", experiment)).front().n;
  }));
  const BookId id{experiment, search.kind};
  return book_of(id)->with([&](Book& book) -> Result<KeyPage> {
    const auto now = std::chrono::steady_clock::now();
    if (now - book.asked_at.value_or(Time()) > kInterest) book.walk.reset(), book.whole.reset();  // left alone: what was counted is old
    book.asked_at = now;
    // Once there is a whole count of many, the duty makes the next: who asks only lets it begin.
    const bool many = book.whole && book.whole->rows > kCheapRows;
    if (many && book.is_stale(now) && !book.walk) book.walk.emplace();
    if (!many) TRY(book.go_on(db_, id, now + kPatience));
    auto page = page_of(book.whole ? *book.whole : sorted(*book.walk), search);
    page.counted = book.whole ? book.whole->runs : book.walk->runs;
    page.runs = book.whole ? page.counted : std::max(page.counted, runs);
    return page;
  });
}

Result<DutyState> ExperimentKeys::run_due(TimeMs) {
  DutyState state;
  for (const auto& [id, book] : books_.with([](const auto& books) { return books; })) {
    TRY(book->with([&](Book& one) -> Result<void> {
      const auto now = std::chrono::steady_clock::now();
      if (!one.walk || now - one.asked_at.value_or(Time()) > kInterest) return {};
      state.worked = true;
      return one.go_on(db_, id, now + kPatience);
    }));
    if (state.worked) break;  // one a call: others have their turn, too
  }
  return state;
}

}  // namespace gyre::tracking
