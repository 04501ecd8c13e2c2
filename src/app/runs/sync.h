// What a run's folder holds to a server: each event, each byte of the console and each file once.
#pragma once

#include <map>

#include "app/cli/remote.h"
#include "app/runs/lines_reader.h"
#include "app/runs/run_folder.h"

namespace gyre::runs {

// What a folder holds, all of it with the server.
struct Synced {
  std::string run_id;
  std::int64_t sources = 0, events = 0, console_bytes = 0, files = 0, file_bytes = 0;
  std::int64_t sent_events = 0, sent_console_bytes = 0, sent_files = 0;  // of them, those that were not there
  std::int64_t refused = 0;                                              // things that broke a rule and were left out
  std::vector<std::string> notes = {};                                   // the first of them, and what is no file
};

// `{HEAD,"LIST":[LINES]}`: lines are sent as they stand.
std::string lines_body(std::string_view head, std::string_view list, const LinesReader::Batch& batch);

// Not thread-safe; remembers how far it is, so that a folder that grows is read on from there. Errors: `unavailable` when the server is
// away, which changes nothing: the same call goes on later.
class FolderSync {
 public:
  FolderSync(cli::Remote& remote, std::filesystem::path folder) : remote_(remote), folder_(std::move(folder)), console_(folder_, "console", "offset") {}

  // The run at the server, made if it is not there.
  Result<void> begin();
  // Sends what is there and not yet sent. Whether anything was.
  enum class Files { too, not_yet };
  Result<bool> step(Files files = Files::too);
  // Compares what the server has with what the folder holds: `internal` where that is less.
  Result<void> verify();
  // Both.
  Result<void> all();

  const Synced& synced() const { return synced_; }
  static constexpr std::size_t kMaxNotes = 20;

 private:
  struct Source {
    LinesReader lines;
    std::int64_t position = 0;  // behind the last event that is sent
  };
  Result<std::int64_t> position_of(const std::string& source);
  Result<bool> send_events(const std::string& name, Source& source);
  Result<bool> send_console();
  Result<bool> send_files();
  Result<bool> send_file(const std::filesystem::path& file, const std::string& path);
  Result<void> find_sources();
  void note(std::string text);

  cli::Remote& remote_;
  const std::filesystem::path folder_;
  std::string run_id_;  // "" before begin()
  std::map<std::string, Source> sources_;
  LinesReader console_;
  bool console_placed_ = false;
  std::int64_t console_bytes_ = 0;  // that the server has
  std::int64_t console_end_ = 0;    // of what the folder holds
  struct SentFile {
    std::int64_t size_bytes = 0;
    std::filesystem::file_time_type modified;
  };
  std::map<std::string, SentFile> files_;  // by path in the run
  Synced synced_;
};

}  // namespace gyre::runs
