#include "storage/sql/faulty.h"

#include "base/dice.h"

namespace gyre::sql {
namespace {

enum class Fault : std::size_t { none, before, rolled_back, after };

class FaultyDb final : public Db {
 public:
  FaultyDb(Db& inner, Faults faults) : inner_(inner), faults_(faults), dice_(faults.seed, faults.max_latency_us) {}

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

  Fault roll() { return static_cast<Fault>(dice_.roll({faults_.before, faults_.rolled_back, faults_.after})); }

  Db& inner_;
  const Faults faults_;
  Dice dice_;
};

}  // namespace

std::unique_ptr<Db> make_faulty(Db& inner, Faults faults) { return std::make_unique<FaultyDb>(inner, faults); }

}  // namespace gyre::sql
