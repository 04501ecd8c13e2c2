#include "bench/path/metered_db.h"

#include "base/clock.h"
#include "bench/path/stopwatch.h"

namespace gyre::bench {

Result<void> MeteredDb::run(Mode mode, const std::function<Result<void>(sql::Tx&)>& body) {
  DbCost cost;
  const auto metered = [&](sql::Tx& tx) {
    const auto cpu_ns = thread_cpu_ns(), wall_ns = monotonic_ns();
    auto outcome = body(tx);
    cost.body_cpu_ns += thread_cpu_ns() - cpu_ns;
    cost.body_wall_ns += monotonic_ns() - wall_ns;
    return outcome;
  };
  const auto asked_ns = monotonic_ns();
  auto outcome = mode == Mode::read ? inner_.read(metered) : inner_.write(metered);
  cost.whole_wall_ns = monotonic_ns() - asked_ns;
  sum_.with([&](DbCost& sum) {
    sum.body_cpu_ns += cost.body_cpu_ns;
    sum.body_wall_ns += cost.body_wall_ns;
    sum.whole_wall_ns += cost.whole_wall_ns;
  });
  return outcome;
}

}  // namespace gyre::bench
