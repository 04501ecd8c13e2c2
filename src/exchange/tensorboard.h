// TensorBoard's event files: one folder of them is one run.
#pragma once

#include <functional>

#include "exchange/source.h"

namespace gyre::exchange {

Result<std::unique_ptr<Source>> open_tensorboard(const std::filesystem::path& place, const SourceOptions& options);
// By folder; also of one file.
std::vector<std::filesystem::path> event_files(const std::filesystem::path& place);

// A TFRecord file's records up to the first that is not whole: each with its length and two checksums. Tells how many bytes were sound.
Result<std::size_t> each_tfrecord(std::string_view file, const std::function<Result<void>(std::string_view record)>& on_record);

// What one event says.
struct TensorboardReading {
  std::optional<double> first_s;  // of the first event, since 1970
  double last_s = 0;
  std::vector<tracking::Tag> params;
  std::optional<std::string> status;                      // where a plug-in says it
  std::map<std::string, std::int64_t, std::less<>> left;  // by what it is: values that are no scalars
  using OnPoint = std::function<Result<void>(std::string_view key, const tracking::AdoptedPoint& point)>;
  Result<void> take(std::string_view event, const OnPoint& on_point);
};

}  // namespace gyre::exchange
