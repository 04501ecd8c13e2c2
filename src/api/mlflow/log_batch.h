// The body of runs/log-batch.
#pragma once

#include "net/message.h"
#include "tracking/tracking.h"

namespace gyre::mlflow {

struct LogBatch {
  std::string run_id;
  tracking::Batch batch;
};

// Where the metric that was added last is told to be about a logged model, notes that too.
void note_model(tracking::Batch& batch, const json::Value& metric);

// A batch of nothing but points, in the types that they are meant to have; nothing for any other, whose reading is read_log_batch's.
std::optional<LogBatch> read_plain_batch(const net::Request& request);

// `invalid` names the place of what is missing or wrong: "metrics[3].value".
Result<LogBatch> read_log_batch(const net::Request& request);

}  // namespace gyre::mlflow
