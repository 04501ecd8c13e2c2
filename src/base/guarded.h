// A value that can be reached only while its lock is held.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace gyre {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  // Calls `use(value)` under the lock and returns what it returns.
  template <class Use>
  decltype(auto) with(Use&& use) {
    const std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(value_);
  }
  template <class Use>
  decltype(auto) with(Use&& use) const {
    const std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

  // Waits under the lock until `ready(value)` or the time is over; then calls `use(value)`. Returns what `use` returns.
  template <class Rep, class Period, class Ready, class Use>
  decltype(auto) wait_for(std::chrono::duration<Rep, Period> time, Ready&& ready, Use&& use) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [&] { return ready(value_); });
    return std::forward<Use>(use)(value_);
  }

  void notify_one() { changed_.notify_one(); }
  void notify_all() { changed_.notify_all(); }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
};

}  // namespace gyre
