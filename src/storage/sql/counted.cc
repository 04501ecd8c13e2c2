#include "storage/sql/counted.h"

namespace gyre::sql {
namespace {

class CountedDb final : public Db {
 public:
  CountedDb(std::unique_ptr<Db> inner, Counters& counters) : inner_(std::move(inner)), counters_(counters) {}

  Dialect dialect() const override { return inner_->dialect(); }
  Result<void> verify() override { return inner_->verify(); }
  Commits commits() const override { return inner_->commits(); }

 private:
  Result<void> run(Mode mode, const std::function<Result<void>(Tx&)>& body) override {
    auto& tally = mode == Mode::read ? counters_.reads : counters_.writes;
    return tally.around([&] { return mode == Mode::read ? inner_->read(body) : inner_->write(body); });
  }

  const std::unique_ptr<Db> inner_;
  Counters& counters_;
};

}  // namespace

std::unique_ptr<Db> make_counted(std::unique_ptr<Db> inner, Counters& counters) { return std::make_unique<CountedDb>(std::move(inner), counters); }

}  // namespace gyre::sql
