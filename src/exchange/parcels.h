// What a source tells, on its way to another thread: a bounded number of parcels. Inside exchange/ only.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "exchange/source.h"

namespace gyre::exchange {

struct Found {
  Version version;
  std::optional<Origin> origin;
};
using Parcel = std::vector<std::variant<Record, Found, Folder, tracking::Difference>>;  // a difference: something that is left, and why

// Thread-safe: one gives, one takes.
class Parcels {
 public:
  // Waits while there are kMost; false when nobody takes any more.
  bool give(Parcel parcel) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return parcels_.size() < kMost || stopped_; });
    if (stopped_) return false;
    parcels_.push_back(std::move(parcel));
    changed_.notify_all();
    return true;
  }
  // Nothing when the last was taken and no more come.
  std::optional<Parcel> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !parcels_.empty() || ended_; });
    if (parcels_.empty()) return std::nullopt;
    auto parcel = std::move(parcels_.front());
    parcels_.pop_front();
    changed_.notify_all();
    return parcel;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  static constexpr std::size_t kMost = 4;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Parcel> parcels_;
  bool ended_ = false, stopped_ = false;
};

// Makes parcels of what a source tells.
class ParcelMaker final : public Sink {
 public:
  explicit ParcelMaker(Parcels& parcels) : parcels_(parcels) {}
  Result<void> record(Record record) override {
    const auto* series = std::get_if<Series>(&record);
    return add(std::move(record), 1 + (series ? series->points.size() : kOther));
  }
  Result<void> version(Version version, std::optional<Origin> origin) override { return add(Found{std::move(version), std::move(origin)}, kOther); }
  Result<void> folder(const Folder& folder) override { return add(folder, kOther); }
  void left(std::string_view what, std::string_view why, std::int64_t count) override {
    for (std::int64_t i = 0; i < std::min(count, kMostTold); ++i) parcel_.emplace_back(tracking::Difference{std::string(what), std::string(why)});
  }
  Result<void> finish() { return hand_over(); }

 private:
  static constexpr std::size_t kWeight = 1 << 18, kOther = 256;  // in points
  static constexpr std::int64_t kMostTold = 1 << 20;

  template <class T>
  Result<void> add(T item, std::size_t weight) {
    parcel_.emplace_back(std::move(item));
    weight_ += weight;
    return weight_ < kWeight ? Result<void>() : hand_over();
  }
  Result<void> hand_over() {
    weight_ = 0;
    if (parcels_.give(std::exchange(parcel_, {}))) return {};
    return fail(Code::cancelled, "the other side of the move has stopped");
  }

  Parcels& parcels_;
  Parcel parcel_;
  std::size_t weight_ = 0;
};

}  // namespace gyre::exchange
