// A named right that one server holds at a time: so that several servers on one database do background work once.
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/guarded.h"
#include "storage/sql/migrate.h"

namespace gyre::sql {

struct LeaseTerms {
  std::int64_t ttl_ms = 15'000;  // a holder that is not heard of for so long loses it to whoever asks next
  bool asks_again = true;        // false: who did not get it at first leaves it to who has it, also when that one is gone
};

// Thread-safe. Each change of holder is a new epoch.
class Lease {
 public:
  Lease(Db& db, std::string name, std::string holder, LeaseTerms terms = {}) : db_(db), name_(std::move(name)), holder_(std::move(holder)), terms_(terms) {}

  // Whether it is this holder's now: taken when it is free, renewed when a third of its time is over. In between the answer
  // costs no statement.
  Result<bool> hold(TimeMs now_ms);
  // To be called first in what a holder writes: `conflict` when another has taken it since, so that one who comes late
  // changes nothing.
  Result<void> check(Tx& tx) const;
  // Free for the next who asks.
  Result<void> release();

 private:
  struct State {
    std::int64_t epoch = 0;  // 0: not held
    std::optional<TimeMs> asked_ms;
  };
  Result<State> ask(TimeMs now_ms);

  Db& db_;
  const std::string name_, holder_;
  const LeaseTerms terms_;
  Guarded<State> state_;
};

// While it lives, what this thread writes through a fenced Db is written under the lease, or refused as check() says: for a
// duty whose code need not know of leases. One at a time.
class Fence {
 public:
  explicit Fence(const Lease& lease);
  ~Fence();
  Fence(const Fence&) = delete;
};
std::unique_ptr<Db> make_fenced(std::unique_ptr<Db> inner);

std::span<const Migration> lease_migrations();

}  // namespace gyre::sql
