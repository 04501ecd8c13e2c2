#include "exec/counted.h"

namespace gyre::exec {
namespace {

class CountedLauncher final : public Launcher {
 public:
  CountedLauncher(std::unique_ptr<Launcher> inner, Counters& counters) : inner_(std::move(inner)), counters_(counters) {}

  Result<void> start(const Spec& spec) override {
    return counters_.starts.around([&] { return inner_->start(spec); });
  }
  Result<State> poll(std::string_view job) override {
    return counters_.polls.around([&] { return inner_->poll(job); });
  }
  Result<LogChunk> logs(std::string_view job, std::int64_t from_offset) override { return inner_->logs(job, from_offset); }
  Result<void> stop(std::string_view job, std::int64_t grace_ms) override {
    ++counters_.stops;
    return inner_->stop(job, grace_ms);
  }
  Result<void> remove(std::string_view job) override {
    auto outcome = inner_->remove(job);
    if (outcome) ++counters_.removed;
    return outcome;
  }

 private:
  const std::unique_ptr<Launcher> inner_;
  Counters& counters_;
};

}  // namespace

std::unique_ptr<Launcher> make_counted(std::unique_ptr<Launcher> inner, Counters& counters) {
  return std::make_unique<CountedLauncher>(std::move(inner), counters);
}

}  // namespace gyre::exec
