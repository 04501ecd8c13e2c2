#include "exchange/tensorboard.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/hash.h"
#include "exchange/mlflow_tables.h"
#include "exchange/series_maker.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 4ull << 30;

// A run has no id there: it is made of the run's name and the moment of its first event, so that the same files make the same run.
std::string id_of(const std::string& name, double first_s) { return sha256_hex(fmt::format("tensorboard/{}/{}", name, first_s)).substr(0, 32); }

class Tensorboard final : public Source {
 public:
  Tensorboard(fs::path root, std::string experiment) : root_(std::move(root)), experiment_(std::move(experiment)) {}
  std::string description() const override { return fmt::format("TensorBoard's event files in '{}'", root_.string()); }

  Result<void> read(Sink& sink) override {
    std::map<std::string, std::vector<fs::path>> runs;
    for (const auto& file : event_files(root_)) {
      const auto folder = file.parent_path().lexically_relative(root_).generic_string();
      runs[folder.empty() || folder == "." ? root_.filename().string() : folder].push_back(file);
    }
    TRY(sink.record(Experiment{experiment_, experiment_, "", "active", 0, 0, {}}));
    for (const auto& [name, files] : runs) TRY(read_run(clean(name), files, sink));
    return {};
  }

 private:
  // What is torn is told once; each part of a run has its own file.
  static Result<void> read_files(const std::vector<fs::path>& files, TensorboardReading& reading, const TensorboardReading::OnPoint& on_point, Sink* tell) {
    for (const auto& file : files) {
      const auto bytes = TRY(read_file(file, kMaxFileBytes));
      const auto sound = TRY(each_tfrecord(bytes, [&](std::string_view event) { return reading.take(event, on_point); }));
      if (tell && sound < bytes.size())
        tell->left("ends of files", fmt::format("'{}' is torn behind its first {} bytes: what stands before is moved", file.filename().string(), sound));
    }
    return {};
  }

  Result<void> read_run(const std::string& name, const std::vector<fs::path>& files, Sink& sink) {
    TensorboardReading first;
    TRY(read_files(files, first, {}, &sink));
    if (!first.first_s) return {};
    const auto id = id_of(name, *first.first_s);
    const auto at_ms = [](double s) { return static_cast<TimeMs>(s * 1000); };
    Run run{.info = {id, experiment_, name, "", first.status.value_or("FINISHED"), at_ms(*first.first_s), at_ms(first.last_s), "active", ""},
            .metrics = {},
            .params = first.params,
            .tags = {{"mlflow.runName", name}},
            .datasets = {},
            .outputs = {}};
    TRY(sink.record(std::move(run)));
    for (const auto& [what, count] : first.left) sink.left(what, "are no numbers, and are not moved yet", count);
    SeriesMaker maker(sink);
    TensorboardReading second;
    TRY(read_files(files, second, [&](std::string_view key, const tracking::AdoptedPoint& point) { return maker.add(id, key, point); }, nullptr));
    return maker.finish();
  }

  const fs::path root_;
  const std::string experiment_;
};

}  // namespace

std::vector<fs::path> event_files(const fs::path& place) {
  std::error_code error;
  const auto is_one = [](const fs::path& path) { return path.filename().string().contains("tfevents"); };
  if (fs::is_regular_file(place, error)) return is_one(place) ? std::vector{place} : std::vector<fs::path>{};
  std::vector<fs::path> files;
  for (auto at = fs::recursive_directory_iterator(place, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code none;
    if (is_one(at->path()) && at->is_regular_file(none)) files.push_back(at->path());
  }
  std::ranges::sort(files);
  return files;
}

Result<std::unique_ptr<Source>> open_tensorboard(const fs::path& place, const SourceOptions& options) {
  std::error_code error;
  const auto root = fs::is_directory(place, error) ? place : place.parent_path();
  return std::make_unique<Tensorboard>(root, options.experiment.empty() ? clean(root.filename().string()) : options.experiment);
}

}  // namespace gyre::exchange
