// Points that come one by one, as series of one run after the other. Inside exchange/ only.
#pragma once

#include <unordered_map>

#include "exchange/source.h"

namespace gyre::exchange {

// Memory is bounded by kMaxHeld points: what comes beyond it goes out in pieces.
class SeriesMaker {
 public:
  explicit SeriesMaker(Sink& sink) : sink_(sink) {}
  Result<void> add(std::string_view run_id, std::string_view key, const tracking::AdoptedPoint& point) {
    if (run_id != run_id_) {
      TRY(finish());
      run_id_ = run_id;
    }
    if (series_.empty() || series_[last_].key != key) last_ = place_of(key);
    series_[last_].points.push_back(point);
    return ++held_ < kMaxHeld ? Result<void>() : finish();
  }
  // To be called at the end.
  Result<void> finish() {
    for (auto& one : series_) TRY(sink_.record(std::move(one)));
    series_.clear();
    places_.clear();
    held_ = 0;
    return {};
  }

  static constexpr std::size_t kMaxHeld = 1 << 19;

 private:
  std::size_t place_of(std::string_view key) {
    const auto [at, fresh] = places_.emplace(key, series_.size());
    if (fresh) series_.push_back({run_id_, std::string(key), {}});
    return at->second;
  }

  Sink& sink_;
  std::string run_id_;
  std::vector<Series> series_;
  std::unordered_map<std::string, std::size_t> places_;
  std::size_t last_ = 0, held_ = 0;
};

}  // namespace gyre::exchange
