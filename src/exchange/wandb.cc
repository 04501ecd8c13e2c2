#include "exchange/wandb.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "exchange/series_maker.h"
#include "exchange/wandb_log.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 4ull << 30;

class Wandb final : public Source {
 public:
  Wandb(std::vector<fs::path> files, std::string experiment) : files_(std::move(files)), experiment_(std::move(experiment)) {}
  std::string description() const override { return fmt::format("{} W&B run{}", files_.size(), files_.size() == 1 ? "" : "s"); }

  Result<void> read(Sink& sink) override {
    std::set<std::string> experiments;
    for (const auto& file : files_) TRY(read_file(file, experiments, sink));
    return {};
  }

 private:
  // Twice: what the run is stands all over the file, and its points come behind it.
  Result<void> read_file(const fs::path& file, std::set<std::string>& experiments, Sink& sink) {
    const auto bytes = TRY(gyre::read_file(file, kMaxFileBytes));
    WandbReading first;
    first.found.run.info.status = "RUNNING";  // until its exit is told
    const auto end = each_wandb_record(bytes, [&](std::string_view record) { return first.take(record, {}); });
    if (!end) return std::unexpected(within(fmt::format("'{}'", file.string()), end.error()));
    auto& run = first.found.run;
    if (run.info.id.empty()) return sink.left("runs", fmt::format("'{}' ends before it tells which run it is", file.filename().string())), Result<void>();
    if (end->torn)
      sink.left("ends of files", fmt::format("'{}' is torn behind its first {} bytes: what stands before is moved", file.filename().string(), end->bytes));
    const auto experiment = !experiment_.empty() ? experiment_ : first.found.project.empty() ? "wandb" : first.found.project;
    if (experiments.insert(experiment).second) TRY(sink.record(Experiment{experiment, experiment, "", "active", run.info.start_ms, run.info.start_ms, {}}));
    run.info.experiment_id = experiment;
    run.info.lifecycle = "active";
    if (run.info.name.empty()) run.info.name = run.info.id;
    const auto id = run.info.id;
    const auto keys = TRY(keys_of(bytes));
    for (const auto& [key, value] : first.found.summary) {
      if (!keys.contains(key) && !value.is_number()) run.tags.push_back({fmt::format("wandb.summary.{}", key), json::unquoted(value)});
    }
    TRY(sink.record(Run(run)));
    std::error_code error;
    const auto folder = file.parent_path() / "files";
    if (fs::is_directory(folder, error)) TRY(sink.folder({{Thing::run, experiment, id}, folder}));
    if (first.console_lines > 0 && !fs::exists(folder / "output.log", error))
      sink.left("lines of the console", "stand in no file output.log beside it, and are not moved yet", first.console_lines);
    if (first.left_out > 0) sink.left("values of the history", "are no numbers: media, tables and texts come with the run's files alone", first.left_out);
    return tell_points(bytes, id, keys, first.found, sink);
  }

  static Result<std::set<std::string, std::less<>>> keys_of(std::string_view bytes) {
    std::set<std::string, std::less<>> keys;
    WandbReading reading;
    TRY(each_wandb_record(bytes, [&](std::string_view record) {
      return reading.take(record, [&](std::string_view key, const tracking::AdoptedPoint&) { return keys.emplace(key), Result<void>(); });
    }));
    return keys;
  }

  // A figure that stands in the summary alone is a point at the end. W&B keeps one value a step: the last.
  static Result<void> tell_points(std::string_view bytes, const std::string& id, const std::set<std::string, std::less<>>& keys, const WandbRun& found,
                                  Sink& sink) {
    SeriesMaker maker(sink);
    WandbReading reading;
    TRY(each_wandb_record(bytes, [&](std::string_view record) {
      return reading.take(record, [&](std::string_view key, const tracking::AdoptedPoint& point) { return maker.add(id, key, point); });
    }));
    for (const auto& [key, value] : found.summary) {
      if (!keys.contains(key) && value.is_number()) TRY(maker.add(id, key, {found.last_step, found.last_ms, value.number_or(0)}));
    }
    return maker.finish();
  }

  const std::vector<fs::path> files_;
  const std::string experiment_;
};

}  // namespace

std::vector<fs::path> wandb_files(const fs::path& place) {
  std::error_code error;
  if (fs::is_regular_file(place, error)) return {place};
  std::vector<fs::path> files;
  for (auto at = fs::recursive_directory_iterator(place, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code none;
    if (at.depth() > 2) at.disable_recursion_pending();
    if (at->path().extension() == ".wandb" && at->is_regular_file(none) && !at->is_symlink(none)) files.push_back(at->path());
  }
  std::ranges::sort(files);
  return files;
}

Result<std::unique_ptr<Source>> open_wandb(const fs::path& place, const SourceOptions& options) {
  return std::make_unique<Wandb>(wandb_files(place), options.experiment);
}

}  // namespace gyre::exchange
