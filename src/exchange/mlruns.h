// A folder that MLflow's file store wrote: `mlruns/`.
#pragma once

#include "exchange/source.h"

namespace gyre::exchange {

Result<std::unique_ptr<Source>> open_mlruns(const std::filesystem::path& folder, const SourceOptions& options);
// Whether it looks like one.
bool is_mlruns(const std::filesystem::path& folder);

// "timestamp value [step [dataset_name dataset_digest]]"; nothing where the line is none. Public for tests and fuzzing.
struct MetricLine {
  tracking::AdoptedPoint point;
  std::string dataset_name, dataset_digest;
};
std::optional<MetricLine> read_metric_line(std::string_view line);

// A meta.yaml as the file store writes it, whatever is in it.
Result<json::Value> read_meta(std::string_view text);

}  // namespace gyre::exchange
