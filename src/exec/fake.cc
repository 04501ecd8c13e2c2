#include "exec/fake.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "base/dice.h"

namespace gyre::exec {
namespace {

std::unexpected<Error> unknown(std::string_view job) { return fail(Code::not_found, fmt::format("there is no job '{:.80}'", job)); }

class FaultyLauncher final : public Launcher {
 public:
  FaultyLauncher(Launcher& inner, Faults faults) : inner_(inner), faults_(faults), dice_(faults.seed) {}

  Result<void> start(const Spec& spec) override {
    return perhaps<void>([&] { return inner_.start(spec); });
  }
  Result<State> poll(std::string_view job) override {
    return perhaps<State>([&] { return inner_.poll(job); });
  }
  Result<LogChunk> logs(std::string_view job, std::int64_t from_offset) override {
    return perhaps<LogChunk>([&] { return inner_.logs(job, from_offset); });
  }
  Result<void> stop(std::string_view job, std::int64_t grace_ms) override {
    return perhaps<void>([&] { return inner_.stop(job, grace_ms); });
  }
  Result<void> remove(std::string_view job) override {
    return perhaps<void>([&] { return inner_.remove(job); });
  }

 private:
  template <class T, class Call>
  Result<T> perhaps(Call call) {
    const auto fault = dice_.roll({faults_.before, faults_.after});
    if (fault == 1) return fail(Code::unavailable, "a fault was injected", "before", "try again");
    auto outcome = call();
    if (fault == 2) return fail(Code::unavailable, "a fault was injected", "after", "try again");
    return outcome;
  }

  Launcher& inner_;
  const Faults faults_;
  Dice dice_;
};

}  // namespace

void FakeLauncher::end(Jobs& jobs, Job& job, Ending ending) {
  --jobs.running;
  job.state.phase = job.script.lost ? Phase::lost : Phase::finished;
  job.state.ending = ending;
  job.state.exit_code = ending == Ending::exited ? job.script.exit_code : 0;
  job.state.signal = ending == Ending::exited ? 0 : SIGKILL;
  job.state.reason = ending == Ending::exited && !job.script.lost ? "" : "so says the script";
  job.state.finished_ms = RealClock().now_ms();
}

Result<void> FakeLauncher::start(const Spec& spec) {
  if (spec.job.empty() || spec.job.contains('/') || spec.argv.empty()) return fail(Code::invalid, fmt::format("'{:.80}' cannot be a job", spec.job));
  if (!std::filesystem::is_directory(spec.folder)) return fail(Code::not_found, fmt::format("the folder '{}' is not there", spec.folder.string()));
  auto script = director_(spec);
  return jobs_.with([&](Jobs& jobs) -> Result<void> {
    if (jobs.present.contains(spec.job)) return {};
    if (script.effect) script.effect(spec);
    jobs.started.push_back(spec.job);
    jobs.most_at_once = std::max(jobs.most_at_once, ++jobs.running);
    auto& job = jobs.present[spec.job];
    job.script = std::move(script);
    job.state.started_ms = RealClock().now_ms();
    return {};
  });
}

Result<State> FakeLauncher::poll(std::string_view name) {
  return jobs_.with([&](Jobs& jobs) -> Result<State> {
    const auto found = jobs.present.find(name);
    if (found == jobs.present.end()) return unknown(name);
    auto& job = found->second;
    const bool runs = job.state.phase == Phase::running;
    if (runs && job.script.polls_before_end != kForever && job.polls++ >= job.script.polls_before_end) end(jobs, job, job.script.ending);
    return job.state;
  });
}

Result<LogChunk> FakeLauncher::logs(std::string_view name, std::int64_t from_offset) {
  if (from_offset < 0) return fail(Code::invalid, "a log is read from 0 on");
  return jobs_.with([&](Jobs& jobs) -> Result<LogChunk> {
    const auto found = jobs.present.find(name);
    if (found == jobs.present.end()) return unknown(name);
    const auto& [script, state, polls] = found->second;
    const auto from = std::min(static_cast<std::size_t>(from_offset), script.output.size());
    auto text = script.output.substr(from, kMaxLogChunkBytes);
    const auto next = from_offset + static_cast<std::int64_t>(text.size());
    const bool complete = state.phase != Phase::running && text.size() < kMaxLogChunkBytes;
    return LogChunk{std::move(text), next, complete, static_cast<std::int64_t>(script.output.size())};
  });
}

Result<void> FakeLauncher::stop(std::string_view name, std::int64_t) {
  return jobs_.with([&](Jobs& jobs) -> Result<void> {
    const auto found = jobs.present.find(name);
    if (found == jobs.present.end()) return unknown(name);
    if (found->second.state.phase == Phase::running) end(jobs, found->second, Ending::stopped);
    return {};
  });
}

Result<void> FakeLauncher::remove(std::string_view name) {
  return jobs_.with([&](Jobs& jobs) -> Result<void> {
    const auto found = jobs.present.find(name);
    if (found == jobs.present.end()) return {};
    if (found->second.state.phase == Phase::running) return fail(Code::conflict, fmt::format("job '{:.80}' is still running", name), {}, "stop it first");
    jobs.present.erase(found);
    return {};
  });
}

std::vector<std::string> FakeLauncher::started() const {
  return jobs_.with([](const Jobs& jobs) { return jobs.started; });
}

std::vector<std::string> FakeLauncher::present() const {
  return jobs_.with([](const Jobs& jobs) {
    std::vector<std::string> names;
    for (const auto& [name, job] : jobs.present) names.push_back(name);
    return names;
  });
}

int FakeLauncher::most_at_once() const {
  return jobs_.with([](const Jobs& jobs) { return jobs.most_at_once; });
}

std::unique_ptr<Launcher> make_faulty(Launcher& inner, Faults faults) { return std::make_unique<FaultyLauncher>(inner, faults); }

}  // namespace gyre::exec
