// Offline runs of W&B: a file run-<id>.wandb with a folder files/ beside it.
#pragma once

#include "exchange/source.h"

namespace gyre::exchange {

// Of one file, or of all that lie below a folder.
Result<std::unique_ptr<Source>> open_wandb(const std::filesystem::path& place, const SourceOptions& options);
std::vector<std::filesystem::path> wandb_files(const std::filesystem::path& place);

// What the records say of the run itself, and what is not its history.
struct WandbRun {
  Run run;
  std::string project;
  std::map<std::string, json::Value> summary;
  std::int64_t last_step = 0;
  TimeMs last_ms = 0;
};
// Takes in one record; what it does not know it passes over. Points go to `on_point`, where there is one.
using OnWandbPoint = std::function<Result<void>(std::string_view key, const tracking::AdoptedPoint& point)>;
struct WandbReading {
  WandbRun found;
  std::int64_t left_out = 0;  // values of the history that are no numbers
  std::int64_t console_lines = 0;
  std::int64_t samples = 0;  // of the system's figures
  Result<void> take(std::string_view record, const OnWandbPoint& on_point);
};

}  // namespace gyre::exchange
