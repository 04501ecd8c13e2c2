// A run that is written to a folder: the one sink of all that reports a run without asking a server. Format: docs/formats/offline-run.md.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>

#include "app/runs/lines_file.h"
#include "base/clock.h"
#include "base/json.h"

namespace gyre::runs {

constexpr std::string_view kFormat = "gyre-run/1";
constexpr std::string_view kHeadFile = "run.json", kFilesFolder = "files";
constexpr std::size_t kMaxPieceBytes = 256 << 10;  // of console output in one line

// What run.json holds.
struct RunHead {
  std::string id, experiment, name, user;  // experiment: its name
  TimeMs started_ms = 0;
  std::map<std::string, std::string> tags;
};
json::Value to_json(const RunHead& head);
// `invalid` for what this Gyre does not read, or that is no run.json.
Result<RunHead> read_head(const std::filesystem::path& folder);

enum class Output { out, err };

using Values = std::span<const std::pair<std::string, double>>;
using Texts = std::span<const std::pair<std::string, std::string>>;

// Thread-safe. What a call has written outlives this process; after sync() also the machine.
class RunFolder {
 public:
  // Makes the folder; it must not hold a run yet. All that is written is of one source.
  static Result<std::unique_ptr<RunFolder>> create(const std::filesystem::path& folder, const RunHead& head, std::string_view source);

  // More than an event may hold become several.
  Result<void> metrics(TimeMs at_ms, double step, Values values);
  Result<void> params(Texts values);
  Result<void> tags(Texts values);
  Result<void> heartbeat(TimeMs at_ms);
  Result<void> end(TimeMs at_ms, std::string_view status);
  // Valid UTF-8, of any length.
  Result<void> console(TimeMs at_ms, Output output, std::string_view text);
  // A whole file; `path` is the one in the run.
  Result<void> file(const std::filesystem::path& path, std::string_view bytes);

  Result<void> sync();

  const std::filesystem::path& path() const { return path_; }
  const RunHead& head() const { return head_; }

 private:
  RunFolder(std::filesystem::path path, RunHead head, LinesFile events, LinesFile console)
      : path_(std::move(path)), head_(std::move(head)), events_(std::move(events)), console_(std::move(console)) {}
  Result<void> event(std::string_view type, std::optional<TimeMs> at_ms, std::string_view rest);

  const std::filesystem::path path_;
  const RunHead head_;
  std::mutex mutex_;  // of all below
  LinesFile events_, console_;
  std::int64_t next_event_ = 0, console_bytes_ = 0;
};

// "20261127-141503-<id>": where a run's folder is by habit, below the folder of all.
std::string folder_name(const RunHead& head);

}  // namespace gyre::runs
