// Where the count of quotas stands between two calls of the duty. Inside tracking/ only.
#pragma once

#include "tracking/quota_count.h"
#include "tracking/retention_rules.h"

namespace gyre::tracking {

struct Retention::Counting {
  // What a run would free that is looked at.
  struct Weighed {
    Candidate candidate;
    Usage frees;
    FileSizes files;
  };
  // The oldest runs of a quota that was counted go.
  struct Binning {
    Usage use;  // what is left
    std::vector<Candidate> found = {}, go = {};
    std::size_t looked_at = 0;  // of those that were found
    std::int64_t after_ms = INT64_MIN;
    std::string after = {};
    std::optional<Weighed> weighed = std::nullopt;
  };
  std::vector<QuotaCount> rest;  // the last is under way
  UnderWay under_way;            // as it was when the count began
  std::optional<Binning> binning;
  TimeMs begun_ms = 0, next_ms = INT64_MIN;
};

}  // namespace gyre::tracking
