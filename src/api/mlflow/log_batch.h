// The body of runs/log-batch.
#pragma once

#include "net/message.h"
#include "tracking/tracking.h"

namespace gyre::mlflow {

struct LogBatch {
  std::string run_id;
  tracking::Batch batch;
};

// `invalid` names the place of what is missing or wrong: "metrics[3].value".
Result<LogBatch> read_log_batch(const net::Request& request);

}  // namespace gyre::mlflow
