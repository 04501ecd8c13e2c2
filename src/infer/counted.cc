#include "infer/counted.h"

namespace gyre::infer {
namespace {

class CountedSession final : public Session {
 public:
  CountedSession(std::shared_ptr<const Session> inner, Counters& counters) : inner_(std::move(inner)), counters_(counters) { ++counters_.sessions; }
  ~CountedSession() override { --counters_.sessions; }

  const Signature& signature() const override { return inner_->signature(); }
  Result<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) const override {
    auto outputs = counters_.runs.around([&] { return inner_->run(inputs); });
    if (outputs && !inputs.empty() && !inputs.front().shape.empty()) counters_.rows += inputs.front().shape.front();
    return outputs;
  }

 private:
  const std::shared_ptr<const Session> inner_;
  Counters& counters_;
};

class CountedRuntime final : public Runtime {
 public:
  CountedRuntime(std::unique_ptr<Runtime> inner, Counters& counters) : inner_(std::move(inner)), counters_(counters) {}

  Result<std::shared_ptr<const Session>> load(const std::filesystem::path& model) override {
    auto loaded = TRY(counters_.loads.around([&] { return inner_->load(model); }));
    return std::make_shared<const CountedSession>(std::move(loaded), counters_);
  }

 private:
  const std::unique_ptr<Runtime> inner_;
  Counters& counters_;
};

}  // namespace

std::unique_ptr<Runtime> make_counted(std::unique_ptr<Runtime> inner, Counters& counters) {
  return std::make_unique<CountedRuntime>(std::move(inner), counters);
}

}  // namespace gyre::infer
