// Which number a run's series have, as far as this process knows. Inside tracking/ only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/guarded.h"

namespace gyre::tracking {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using SeriesIds = std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>>;  // by key

// Thread-safe. A number never changes, so what is known is right; what it forgets is read from the database again.
class SeriesBook {
 public:
  std::shared_ptr<const SeriesIds> of(std::string_view run_id) const;
  // Only what is committed.
  void add(std::string_view run_id, const SeriesIds& ids);

  static constexpr std::size_t kMaxSeries = 1 << 17;

 private:
  struct Known {
    std::unordered_map<std::string, std::shared_ptr<const SeriesIds>, TextHash, std::equal_to<>> runs;
    std::size_t series = 0;
  };
  Guarded<Known> known_;
};

}  // namespace gyre::tracking
