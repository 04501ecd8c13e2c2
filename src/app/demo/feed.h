// What becomes known as time passes, committed to the repository: on day d the flights of the day before, and of the day
// before that which of them came late.
#pragma once

#include "app/demo/slices.h"
#include "datasets/datasets.h"

namespace gyre::demo {

constexpr std::string_view kRepository = "flights";
constexpr TimeMs kLabelDelayMs = 2 * kDayMs;  // whether the flights of day d were late is known from d + 2, 00:00, on

class Feed {
 public:
  Feed(datasets::Service& datasets, std::filesystem::path slices) : datasets_(datasets), slices_(std::move(slices)) {}

  // All that became known in (after_ms, now_ms], as one commit. Repeated, it commits nothing new.
  Result<void> commit_known(TimeMs after_ms, TimeMs now_ms);

 private:
  datasets::Service& datasets_;
  const std::filesystem::path slices_;
};

}  // namespace gyre::demo
