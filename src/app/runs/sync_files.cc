// The console and the files of a run's folder to a server.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/run_files.h"
#include "app/cli/run_send.h"
#include "app/runs/sync.h"
#include "base/file_hash.h"

namespace gyre::runs {
namespace {

namespace fs = std::filesystem;

// One that is being written.
bool is_unfinished(const fs::path& file) {
  const auto name = file.filename().string();
  return name.starts_with('.') && name.ends_with(".tmp");
}

}  // namespace

Result<bool> FolderSync::send_console() {
  if (!console_placed_) {
    const auto there = TRY(remote_.get(cli::api("runs", run_id_, "console"), {{"tail", "1"}}));
    TRY(console_.seek(there["bytes"].int_or(0)));
    console_bytes_ = there["bytes"].int_or(0);
    console_placed_ = true;
  }
  bool any = false;
  for (;;) {
    const auto batch = TRY(console_.peek());
    if (batch.lines.empty()) return any;
    const auto taken =
        remote_.post_text(cli::api("runs", run_id_, "console"), lines_body(fmt::format("{{\"offset\":{}", batch.first), "pieces", batch), "application/json");
    if (!taken && taken.error().code == Code::unavailable) return std::unexpected(taken.error());
    if (!taken) return within(console_.place(), taken.error());
    const auto last = json::parse(batch.lines.back());
    if (last) console_end_ = (*last)["offset"].int_or(0) + std::ssize((*last)["text"].string_or(""));
    console_.accept();
    const auto bytes = (*taken)["bytes"].int_or(0);
    synced_.sent_console_bytes += bytes - console_bytes_;
    console_bytes_ = bytes;
    synced_.console_bytes = console_end_;
    if ((*taken)["dropped"].int_or(0) > 0) note("the console is longer than the server keeps: what came last is in the folder alone");
    any = true;
  }
}

Result<bool> FolderSync::send_file(const fs::path& file, const std::string& path) {
  constexpr std::int64_t kSmallBytes = 4 << 20;  // sent in one request
  const auto place = TRY(cli::run_place(remote_, run_id_));
  TRY(cli::check_new_path(place, path, file.string()));
  const auto url = TRY(cli::file_url(place, path));
  const auto sha256 = TRY(file_sha256(file));
  const auto there = cli::head_of(remote_, url);
  if (!there && there.error().code != Code::not_found) return std::unexpected(there.error());
  if (there && there->sha256 == sha256) return false;
  std::error_code error;
  cli::Upload upload{.file = file, .size_bytes = static_cast<std::int64_t>(fs::file_size(file, error)), .place = {}};
  const auto moved = [](std::int64_t) {};
  if (upload.size_bytes <= kSmallBytes) {
    TRY(cli::send_whole(remote_, url, upload, sha256, moved));
  } else {
    upload.place = TRY(cli::begin_upload(remote_, url, upload, sha256));
    TRY(cli::send_all(remote_, upload, moved));
  }
  ++synced_.sent_files;
  return true;
}

Result<bool> FolderSync::send_files() {
  const auto root = folder_ / kFilesFolder;
  bool any = false;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(root, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code none;
    const auto path = at->path().lexically_relative(root).generic_string();
    if (at->is_symlink(none) || (!at->is_regular_file(none) && !at->is_directory(none))) {
      if (files_.emplace(path, SentFile{}).second) note(fmt::format("{} is neither file nor folder, and is left out", path));
      continue;
    }
    if (!at->is_regular_file(none) || is_unfinished(at->path())) continue;
    const SentFile now{static_cast<std::int64_t>(at->file_size(none)), at->last_write_time(none)};
    const auto known = files_.find(path);
    if (known != files_.end() && known->second.size_bytes == now.size_bytes && known->second.modified == now.modified) continue;
    any = TRY(send_file(at->path(), path)) || any;
    if (known == files_.end()) ++synced_.files;
    synced_.file_bytes += now.size_bytes - (known == files_.end() ? 0 : known->second.size_bytes);
    files_[path] = now;
  }
  return any;
}

}  // namespace gyre::runs
