// Which runs hold unsealed points, as far as this process knows. Inside tracking/ only.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/guarded.h"

namespace gyre::tracking {

// When a run's tail is worth sealing.
struct SealingRule {
  std::int64_t many = 16'384;        // points at which it is sealed at once,
  std::int64_t many_a_series = 256;  // if they are as many for each of its series: chunks that grow by little are written again and again
  std::int64_t few = 64;             // points at which it is sealed when none came for
  std::int64_t idle_ms = 30'000;
};

// Thread-safe. A run that it forgets, or never knew, is found by the sealer's sweep.
class TailBook {
 public:
  explicit TailBook(SealingRule rule = {}) : rule_(rule) {}

  void logged(std::string_view run_id, std::int64_t points, std::int64_t series, std::int64_t now_ms);
  // A run that another process left, if it is not known.
  void adopt(std::string_view run_id, std::int64_t points, std::int64_t now_ms);
  void sealed(std::string_view run_id, std::int64_t points);
  void forget(std::string_view run_id);

  // A run whose tail is worth sealing now. Forgets those that are idle and are not.
  std::optional<std::string> due(std::int64_t now_ms);
  // When the next one will be looked at because it is idle.
  std::optional<std::int64_t> next_due_ms() const;

  static constexpr std::size_t kMaxRuns = 65'536;

 private:
  struct Entry {
    std::int64_t points = 0, series = 1, last_ms = 0;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  static Entry* entry_of(Entries& entries, std::string_view run_id);

  const SealingRule rule_;
  Guarded<Entries> entries_;
};

}  // namespace gyre::tracking
