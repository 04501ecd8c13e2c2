// A bounded queue between threads: a full one refuses at once, so that load is shed where it arises.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace gyre {

// Thread-safe, many producers and many consumers.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t limit) : limit_(limit) {}

  // False when the queue is full or closed; the item is then untouched.
  bool try_push(T& item) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || items_.size() >= limit_) return false;
      items_.push_back(std::move(item));
    }
    arrived_.notify_one();
    return true;
  }
  bool try_push(T&& item) { return try_push(item); }

  // Waits for at least one item, then takes up to `most`. Empty when the queue is closed and empty.
  std::vector<T> pop_many(std::size_t most) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return closed_ || !items_.empty(); });
    std::vector<T> taken;
    while (!items_.empty() && taken.size() < most) {
      taken.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return taken;
  }

  // Refuses new items; those inside can still be taken.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    arrived_.notify_all();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> items_;
  const std::size_t limit_;
  bool closed_ = false;
};

}  // namespace gyre
