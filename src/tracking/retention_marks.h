// What a look at the bin goes by. Inside tracking/ only.
#pragma once

#include "tracking/retention.h"

namespace gyre::tracking {

// Something in the bin whose time may be over.
struct Retention::Due {
  std::string id;
  std::int64_t experiment_id;
  std::string status, artifact_uri;
  std::int64_t deleted_ms;
};

// Whose undo window ends.
struct Retention::Ending {
  TimeMs now_ms = 0;
  TimeMs before_ms = 0;  // what was deleted at that time or earlier
  TimeMs window_ms = 0;
  std::string actor;
  std::string only_id = {};           // empty: all
  std::int64_t only_experiment = -1;  // of runs and models
};

// How far one kind has been gone through.
struct Retention::Marks {
  std::int64_t at_ms = INT64_MIN;
  std::string at_id;
  std::int64_t taken = 0;
  std::vector<Kept> kept;
  bool more = true;
};

constexpr std::int64_t kMarkedAtOnce = 64;  // of one transaction
constexpr std::string_view kKeepTag = "gyre.keep";

}  // namespace gyre::tracking
