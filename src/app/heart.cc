#include "app/heart.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace gyre::app {
namespace {

constexpr int kMaxBeatsInARow = 10'000;  // in virtual time: work that makes work without end is a defect, not a load
constexpr int kMaxFailuresInARow = 20;
constexpr auto kFirstWaitForJobs = std::chrono::milliseconds(2), kLongestWaitForJobs = std::chrono::milliseconds(40);

}  // namespace

DutyState Heart::beat_once() {
  DutyState all;
  bool failed = false;
  for (Duty* duty : duties_) {
    const auto state = duty->run_due(clock_.now_ms());
    if (!state) {
      failed = true;
      log::report(log::Level::error, fmt::format("the duty '{}' failed", duty->name()), state.error());
      last_failure_.with([&](Error& last) { last = state.error(); });
      continue;
    }
    all.add(*state);
  }
  failures_in_a_row_ = failed ? failures_in_a_row_ + 1 : 0;
  return all;
}

void Heart::start() {
  thread_ = std::thread([this] {
    const auto is_over = [](bool stopping) { return stopping; };
    for (;;) {
      const auto began = std::chrono::steady_clock::now();
      const auto apart = std::chrono::milliseconds(beat_once().worked ? kBusyBeatMs : kBeatMs);
      if (stopping_.wait_for(apart - (std::chrono::steady_clock::now() - began), is_over, is_over)) return;
    }
  });
}

void Heart::stop() {
  stopping_.with([](bool& stopping) { stopping = true; });
  stopping_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<DutyState> Heart::settled(const std::function<bool()>& interrupted) {
  auto wait = kFirstWaitForJobs;
  for (int beats = 0;; ++beats) {
    if (interrupted()) return fail(Code::cancelled, "interrupted");
    const auto state = beat_once();
    if (failures_in_a_row_ >= kMaxFailuresInARow) {
      return last_failure_.with([](const Error& last) -> Result<DutyState> { return within("background work keeps failing", last); });
    }
    if (state.worked && beats < kMaxBeatsInARow) {
      wait = kFirstWaitForJobs;
      continue;
    }
    if (!state.busy && failures_in_a_row_ == 0) return state;
    std::this_thread::sleep_for(wait);
    wait = std::min(2 * wait, kLongestWaitForJobs);
    beats = 0;
  }
}

Result<void> Heart::settle(const std::function<bool()>& interrupted) {
  TRY(settled(interrupted));
  return {};
}

Result<void> Heart::advance_to(VirtualClock& clock, TimeMs target_ms, const std::function<bool()>& interrupted) {
  for (;;) {
    const auto state = TRY(settled(interrupted));
    const auto now = clock.now_ms();
    if (now >= target_ms) return {};
    const auto due = state.next_due_ms.value_or(target_ms);
    clock.advance_to(std::clamp(due, now + 1, target_ms));
  }
}

}  // namespace gyre::app
