// The file of a W&B run: LevelDB's log of records behind a header of its own. https://github.com/google/leveldb/blob/main/doc/log_format.md
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::exchange {

constexpr std::string_view kWandbHead = ":W&B";

struct LogEnd {
  std::size_t bytes = 0;  // that were sound
  bool torn = false;      // there are more, which are not
};

// Hands over each record of the file's bytes up to the first that is not whole. `invalid` where it is no such file at all.
Result<LogEnd> each_wandb_record(std::string_view file, const std::function<Result<void>(std::string_view record)>& on_record);

}  // namespace gyre::exchange
