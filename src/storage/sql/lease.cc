#include "storage/sql/lease.h"

#include <fmt/format.h>

namespace gyre::sql {
namespace {

constexpr char kLeases[] = {
#embed "migrations/0001_leases.sql"
};
constexpr char kEpochs[] = {
#embed "migrations/0002_epochs.sql"
};

struct Epoch {
  std::int64_t epoch;
};

thread_local const Lease* fencing = nullptr;  // what this thread does is a duty under it

class FencedDb final : public Db {
 public:
  explicit FencedDb(std::unique_ptr<Db> inner) : inner_(std::move(inner)) {}
  Dialect dialect() const override { return inner_->dialect(); }
  Result<void> verify() override { return inner_->verify(); }
  Commits commits() const override { return inner_->commits(); }

 private:
  Result<void> run(Mode mode, const std::function<Result<void>(Tx&)>& body) override {
    if (mode == Mode::read) return inner_->read(body);
    if (!fencing) return inner_->write(body);
    return inner_->write([&, lease = fencing](Tx& tx) -> Result<void> {
      TRY(lease->check(tx));
      return body(tx);
    });
  }

  const std::unique_ptr<Db> inner_;
};

}  // namespace

Result<bool> Lease::hold(TimeMs now_ms) {
  return state_.with([&](State& state) -> Result<bool> {
    const bool rests = state.asked_ms && now_ms < *state.asked_ms + terms_.ttl_ms / 3;
    const bool leaves_it = state.asked_ms && state.epoch == 0 && !terms_.asks_again;
    if (rests || leaves_it) return state.epoch > 0;
    state = TRY(ask(now_ms));
    return state.epoch > 0;
  });
}

Result<Lease::State> Lease::ask(TimeMs now_ms) {
  const auto held = TRY(db_.write([&](Tx& tx) {
    return tx.select_one<Epoch>(
        "INSERT INTO leases (name, holder, until_ms, epoch) VALUES ($1, $2, $3, 1) ON CONFLICT (name) DO UPDATE "
        "SET epoch = CASE WHEN leases.holder = excluded.holder THEN leases.epoch ELSE leases.epoch + 1 END, holder = excluded.holder, until_ms = "
        "excluded.until_ms "
        "WHERE leases.holder = excluded.holder OR leases.until_ms < $4 RETURNING epoch",
        name_, holder_, now_ms + terms_.ttl_ms, now_ms);
  }));
  return State{held ? held->epoch : 0, now_ms};
}

Result<void> Lease::check(Tx& tx) const {
  const auto epoch = state_.with([](const State& state) { return state.epoch; });
  if (TRY(tx.select_one<Epoch>("SELECT epoch FROM leases WHERE name = $1 AND holder = $2 AND epoch = $3", name_, holder_, epoch))) return {};
  return fail(Code::conflict, fmt::format("another server has taken over '{}'", name_));
}

Result<void> Lease::release() {
  return state_.with([&](State& state) -> Result<void> {
    if (state.epoch > 0)
      TRY(db_.write(
          [&](Tx& tx) { return tx.exec("UPDATE leases SET until_ms = 0 WHERE name = $1 AND holder = $2 AND epoch = $3", name_, holder_, state.epoch); }));
    state = {};
    return {};
  });
}

Fence::Fence(const Lease& lease) { fencing = &lease; }
Fence::~Fence() { fencing = nullptr; }

std::unique_ptr<Db> make_fenced(std::unique_ptr<Db> inner) { return std::make_unique<FencedDb>(std::move(inner)); }

std::span<const Migration> lease_migrations() {
  static constexpr Migration kAll[] = {{"leases/0001_leases", {kLeases, sizeof kLeases}}, {"leases/0002_epochs", {kEpochs, sizeof kEpochs}}};
  return kAll;
}

}  // namespace gyre::sql
