#include "storage/sql/faulty.h"

#include <random>
#include <thread>

#include "base/guarded.h"

namespace gyre::sql {
namespace {

enum class Fault { none, before, rolled_back, after };

class FaultyDb final : public Db {
 public:
  FaultyDb(Db& inner, Faults faults) : inner_(inner), faults_(faults), random_(std::mt19937_64(faults.seed)) {}

  Dialect dialect() const override { return inner_.dialect(); }
  Result<void> verify() override { return inner_.verify(); }
  Commits commits() const override { return inner_.commits(); }

 private:
  static std::unexpected<Error> injected(std::string_view where) { return fail(Code::unavailable, "a fault was injected", std::string(where), "try again"); }

  Result<void> run(Mode mode, const std::function<Result<void>(Tx&)>& body) override {
    const auto fault = roll();
    if (fault == Fault::before) return injected("before");
    const auto faulty_body = [&](Tx& tx) -> Result<void> {
      TRY(body(tx));
      if (fault == Fault::rolled_back) return injected("rolled back");
      return {};
    };
    TRY(mode == Mode::read ? inner_.read(faulty_body) : inner_.write(faulty_body));
    if (fault == Fault::after) return injected("after");
    return {};
  }

  Fault roll() {
    const auto [share, wait_us] = random_.with([&](auto& random) {
      const double share = std::uniform_real_distribution<>(0, 1)(random);
      return std::pair(share, faults_.max_latency_us > 0 ? static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(faults_.max_latency_us)) : 0);
    });
    if (wait_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(wait_us));
    if (share < faults_.before) return Fault::before;
    if (share < faults_.before + faults_.rolled_back) return Fault::rolled_back;
    if (share < faults_.before + faults_.rolled_back + faults_.after) return Fault::after;
    return Fault::none;
  }

  Db& inner_;
  const Faults faults_;
  Guarded<std::mt19937_64> random_;
};

}  // namespace

std::unique_ptr<Db> make_faulty(Db& inner, Faults faults) { return std::make_unique<FaultyDb>(inner, faults); }

}  // namespace gyre::sql
