// gyre run put: files to a run, one or a folder, taken up again where they were cut.
#include <fmt/format.h>

#include <filesystem>

#include "app/cli/interrupt.h"
#include "app/cli/run_ref.h"
#include "app/cli/run_send.h"
#include "app/cli/view.h"
#include "base/file_hash.h"
#include "base/shell_word.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSmallBytes = 1 << 20;  // of a folder's file: what a cut costs at most

// What a source becomes among the run's files: PATH, or its name; with a slash at the end of PATH its name in that folder. A folder
// with a slash at its own end comes without its name.
Result<std::string> path_of(const Invocation& call, const fs::path& source) {
  auto path = call.positional("path").empty() ? call.option("to") : call.positional("path");
  if (!call.positional("path").empty() && call.has("to")) return fail(Code::invalid, "PATH and --to are the same, and both are told");
  const auto name = source.has_filename() ? source.filename().string() : "";
  const bool into = path.ends_with('/') || path == ".";
  while (path.ends_with('/') || path == ".") path.pop_back();
  if (path.empty() || into) path = name.empty() || name == "." || name == ".." ? path : joined_path(path, name);
  if (!path.empty()) TRY(check_path(path));
  return path;
}

// The command that was given, and the upload that it goes on with.
std::string resuming(const Invocation& call, const Upload& upload) {
  std::string command = fmt::format("gyre run put {} {}", shell_word(call.positional("run")), shell_word(upload.file.string()));
  if (const auto path = call.positional("path"); !path.empty()) command += " " + shell_word(path);
  for (const auto* name : {"to", "exp"})
    if (call.has(name)) command += fmt::format(" --{} {}", name, shell_word(call.option(name)));
  return fmt::format("{} --resume {}", command, shell_word(upload.place.substr(upload.place.rfind('/') + 1)));
}

Result<int> put_file(const Invocation& call, Remote& remote, const RunPlace& place, const fs::path& file) {
  std::error_code error;
  const auto path = TRY(path_of(call, file));
  TRY(check_new_path(place, path, file.string()));
  Upload upload{.file = file, .size_bytes = static_cast<std::int64_t>(fs::file_size(file, error)), .place = {}};
  if (call.has("resume")) upload.place = fmt::format("{}/uploads/{}", kArtifacts, segment(call.option("resume")));
  const auto sha256 = TRY(file_sha256(file));
  if (upload.place.empty()) upload.place = TRY(begin_upload(remote, TRY(file_url(place, path)), upload, sha256));
  Meter meter("upload", upload.size_bytes);
  const auto sent = send_all(remote, upload, [&](std::int64_t bytes) { meter.at(bytes); });
  meter.clear();
  if (!sent) {
    auto trouble = sent.error();
    if (trouble.code == Code::cancelled || worth_another_try(trouble)) {
      trouble.detail = trouble.message;
      trouble.message = "stopped; what the server has of the file is kept for a day";
      trouble.fix = resuming(call, upload);
    }
    return std::unexpected(trouble);
  }
  return print_moved_file(call, path, upload.size_bytes, sha256);
}

// Files below the folder, one after the other; folders behind links are not walked. How many are left out, being no files.
Result<std::int64_t> each_local_file(const fs::path& folder, const std::function<Result<void>(const fs::path& file, std::int64_t size_bytes)>& each) {
  std::error_code error;
  std::int64_t left_out = 0;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code none;
    if (at->is_regular_file(none)) {
      TRY(each(at->path(), static_cast<std::int64_t>(at->file_size(none))));
    } else if (!at->is_directory(none) || at->is_symlink(none)) {
      ++left_out;
    }
  }
  if (error) return fail(Code::invalid, fmt::format("'{}' cannot be read", folder.string()), error.message());
  return left_out;
}

struct FolderPut {
  const Invocation& call;
  Remote& remote;
  const RunPlace& place;
  fs::path folder;
  std::string into;
  std::string path_of(const fs::path& file) const { return joined_path(into, file.lexically_relative(folder).generic_string()); }
};

// Whether the server has just this.
Result<bool> has_already(Remote& remote, const std::string& url, const std::string& sha256) {
  const auto head = head_of(remote, url);
  if (!head && head.error().code != Code::not_found) return std::unexpected(head.error());
  return head && head->sha256 == sha256;
}

Result<void> put_one(const FolderPut& put, const fs::path& file, std::int64_t size_bytes, MovedFiles& done, const Moved& moved) {
  if (interrupted()) return fail(Code::cancelled, "stopped");
  const auto url = TRY(file_url(put.place, put.path_of(file)));
  const auto sha256 = TRY(file_sha256(file));
  if (!TRY(has_already(put.remote, url, sha256))) {
    Upload upload{.file = file, .size_bytes = size_bytes, .place = {}};
    if (size_bytes <= kSmallBytes) {
      TRY(send_whole(put.remote, url, upload, sha256, moved));
    } else {
      upload.place = TRY(begin_upload(put.remote, url, upload, sha256));
      TRY(send_all(put.remote, upload, moved));
    }
    ++done.sent;
  }
  ++done.files;
  done.bytes += size_bytes;
  return {};
}

Result<int> put_folder(const FolderPut& put) {
  MovedFiles all, done;
  const auto left_out = TRY(each_local_file(put.folder, [&](const fs::path& file, std::int64_t size_bytes) -> Result<void> {
    TRY(check_new_path(put.place, put.path_of(file), file.string()));
    ++all.files;
    all.bytes += size_bytes;
    return {};
  }));
  if (all.files == 0) return fail(Code::invalid, fmt::format("there is no file in '{}'", put.folder.string()));
  Meter meter("upload", all.bytes);
  const auto sent = each_local_file(put.folder, [&](const fs::path& file, std::int64_t size_bytes) {
    return put_one(put, file, size_bytes, done, [&](std::int64_t bytes) { meter.at(done.bytes + bytes, fmt::format("{} of {}", done.files + 1, all.files)); });
  });
  meter.clear();
  if (!sent && (sent.error().code == Code::cancelled || worth_another_try(sent.error())))
    return fail(sent.error().code, fmt::format("stopped; {} of {} files are with the server", done.files, all.files),
                sent.error().code == Code::cancelled ? "" : sent.error().message, "the same command goes on with the rest");
  TRY(sent);
  if (left_out > 0) tell(fmt::format("{} left out: neither files nor folders", grouped(left_out)));
  return print_moved_folder(put.call, put.into.empty() ? "." : put.into, done, "sent");
}

}  // namespace

Result<int> put_run_files(const Invocation& call) {
  catch_interrupts();
  const fs::path source(call.positional("file"));
  std::error_code error;
  const bool folder = fs::is_directory(source, error);
  if (!folder && !fs::is_regular_file(source, error)) return fail(Code::not_found, fmt::format("there is no file and no folder '{}'", source.string()));
  const auto path = TRY(path_of(call, source));
  if (folder && call.has("resume"))
    return fail(Code::invalid, "an upload is of one file", {}, "the same command without --resume passes over what the server has");
  Remote remote(call);
  const auto place = TRY(run_place(remote, TRY(run_id(remote, call, Several::refuse))));
  if (folder) return put_folder({call, remote, place, source, path});
  return put_file(call, remote, place, source);
}

}  // namespace gyre::cli
