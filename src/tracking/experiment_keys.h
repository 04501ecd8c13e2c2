// Which keys the runs of an experiment have, and how many runs have each: searched here, since nobody wants to be sent 12,000 of them.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/duty.h"
#include "base/guarded.h"
#include "storage/sql/db.h"

namespace gyre::tracking {

enum class KeyKind { metric, param, tag };

struct KeySearch {
  std::string experiment_id;
  KeyKind kind = KeyKind::metric;
  std::string match = {};  // words that must all occur, in any case; empty: all keys
  bool by_name = false;    // otherwise the commonest first; in either order keys that begin with the first word stand before others
  std::size_t limit = 100, offset = 0;
};

struct KeyPage {
  struct Row {
    std::string key;
    std::int64_t runs = 0;
  };
  std::vector<Row> rows;
  std::int64_t total = 0;         // keys that match
  std::int64_t next_offset = -1;  // -1: that was all
  std::int64_t counted = 0;       // active runs that were looked at, the newest first
  std::int64_t runs = 0;          // active runs that there are: more than `counted` while the first count of many goes on
};

// Thread-safe. Keys are counted by walking over the experiment's active runs, newest first, in bounded pieces: some of them when somebody
// asks, the rest by the duty. The last whole count answers meanwhile, so nobody waits for 100,000 runs. It is made again when it is as old
// as its size deserves: at once where few rows were counted, after 20 s for 2 M; keys that the new walk meets are told of before it ends.
class ExperimentKeys final : public Duty {
 public:
  explicit ExperimentKeys(sql::Db& db);
  ~ExperimentKeys() override;

  // `not_found` where there is no such experiment.
  Result<KeyPage> find(const KeySearch& search);

  std::string_view name() const override { return "keys"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  static constexpr std::size_t kMaxMatchBytes = 500, kMaxPage = 1000;
  static constexpr std::int64_t kRunsAPiece = 1000;                   // of one read
  static constexpr std::size_t kMaxKeys = 200'000, kMaxBooks = 32;    // of a book: keys beyond are not told of
  static constexpr std::int64_t kCheapRows = 20'000;                  // so few are counted anew for each who asks
  static constexpr auto kKeptPerRow = std::chrono::microseconds(10);  // about twenty times what it takes to count one
  static constexpr auto kPatience = std::chrono::milliseconds(25);    // of who asks, and of one call of the duty
  static constexpr auto kInterest = std::chrono::seconds(60);         // so long after somebody asked the duty goes on

 private:
  struct Book;
  using BookId = std::pair<std::int64_t, KeyKind>;
  std::shared_ptr<Guarded<Book>> book_of(const BookId& id);

  sql::Db& db_;
  Guarded<std::map<BookId, std::shared_ptr<Guarded<Book>>>> books_;
};

}  // namespace gyre::tracking
