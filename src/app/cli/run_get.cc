// gyre run get: a run's files, one or a folder, taken up again where they were cut.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "app/cli/interrupt.h"
#include "app/cli/run_files.h"
#include "app/cli/run_ref.h"
#include "app/cli/view.h"
#include "base/file.h"
#include "base/file_hash.h"
#include "base/nearest.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

class FileSink final : public ByteSink {
 public:
  FileSink(const Fd& fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  Result<void> write(std::string_view bytes) override {
    TRY(write_fully(fd_.get(), bytes, path_));
    written_bytes += static_cast<std::int64_t>(bytes.size());
    return {};
  }
  std::int64_t written_bytes = 0;

 private:
  const Fd& fd_;
  const fs::path path_;
};

Result<void> fetch_rest(Remote& remote, const std::string& url, const FileHead& whole, std::int64_t offset, FileSink& sink, const Moved& moved) {
  net::ClientRequest request{.method = "GET", .url = url, .headers = {}, .body = {}};
  if (offset > 0) request.headers = {{"Range", fmt::format("bytes={}-", offset)}, {"If-Range", whole.etag}};
  request.sink = &sink;
  request.progress = [&](std::int64_t, std::int64_t received) {
    moved(offset + received);
    return !interrupted();
  };
  const auto answer = TRY(remote.send(std::move(request)));
  if (offset > 0 && answer.status != 206) return fail(Code::internal, "the file was replaced while it was fetched", {}, "get it again");
  return {};
}

// What is there of the same content stays; the name of the part tells of which it is.
Result<void> fetch_part(Remote& remote, const std::string& url, const FileHead& whole, const fs::path& part, const Moved& moved) {
  const Fd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("write", part);
  for (int failures = 0;;) {
    const auto offset = static_cast<std::int64_t>(::lseek(fd.get(), 0, SEEK_END));
    if (offset == whole.size_bytes) return {};
    FileSink sink(fd, part);
    auto fetched = fetch_rest(remote, url, whole, offset, sink, moved);
    if (!fetched && (!worth_another_try(fetched.error()) || interrupted())) return fetched;
    failures = sink.written_bytes > 0 ? 1 : failures + 1;
    if (failures >= kAttempts) return fetched ? fail(Code::unavailable, "the server gives less than it told") : fetched;
    if (!fetched) rest_ms(kPauseMs * failures);
  }
}

// The file at its place, whole and compared; its hash.
Result<std::string> fetch(Remote& remote, const std::string& url, const FileHead& whole, const fs::path& target, const Moved& moved) {
  std::error_code error;
  const fs::path part = fmt::format("{}.{}.part", target.string(), whole.sha256.substr(0, 12));
  if (whole.sha256.empty()) fs::remove(part, error);  // of content without a name nothing can be taken up
  if (const auto fetched = fetch_part(remote, url, whole, part, moved); !fetched) {
    auto trouble = fetched.error();
    if (trouble.code == Code::cancelled)
      trouble = {Code::cancelled, fmt::format("stopped; what came is in {}", part.string()), {}, "the same command goes on from there"};
    return std::unexpected(trouble);
  }
  const auto sha256 = TRY(file_sha256(part));
  if (!whole.sha256.empty() && sha256 != whole.sha256) {
    fs::remove(part, error);
    return fail(Code::internal, fmt::format("what came does not have the hash {} that the server told", whole.sha256), {},
                "get it again; gyre check tells whether the server's file is sound");
  }
  fs::rename(part, target, error);
  if (error) return fail(Code::unavailable, fmt::format("'{}' cannot be written", target.string()), error.message());
  return sha256;
}

Result<int> get_file(const Invocation& call, Remote& remote, const std::string& url, const std::string& path, const FileHead& whole) {
  const auto name = path.substr(path.rfind('/') + 1);
  std::error_code error;
  auto target = fs::path(call.option("output", name));
  if (fs::is_directory(target, error)) target /= name;
  if (target.has_parent_path()) TRY(make_folders(target.parent_path()));
  Meter meter("download", whole.size_bytes);
  const auto sha256 = TRY(fetch(remote, url, whole, target, [&](std::int64_t bytes) { meter.at(bytes); }));
  meter.clear();
  return print_moved_file(call, target.string(), whole.size_bytes, sha256);
}

// How much there is below a folder.
Result<MovedFiles> counted(Remote& remote, const RunPlace& place, std::string_view folder) {
  MovedFiles all;
  TRY(each_file(remote, place, folder, [&](const RunFile& file) -> Result<void> {
    ++all.files;
    all.bytes += file.size_bytes;
    return {};
  }));
  return all;
}

Error not_there(const Invocation& call, Remote& remote, const RunPlace& place, const std::string& path) {
  constexpr std::size_t kNamesLooked = 10'000;
  std::vector<std::string> names;
  const auto looked = each_file(remote, place, "", [&](const RunFile& file) -> Result<void> {
    names.push_back(file.path);
    return names.size() < kNamesLooked ? Result<void>() : fail(Code::cancelled, "enough");
  });
  if (!looked && looked.error().code != Code::cancelled) return looked.error();
  const auto what = path.empty() ? std::string("the run has no files") : fmt::format("the run has no file '{}' and no such folder", path);
  return {Code::not_found,
          what,
          {},
          names.empty() ? "it has no files at all" : fmt::format("nearest: {} · gyre run show {} lists them", nearest(path, names), call.positional("run"))};
}

// Where it lies below the folder here: with no way out of it, whatever the server says.
Result<fs::path> local_path(const fs::path& target, const std::string& folder, const std::string& path) {
  const auto relative = folder.empty() ? std::string_view(path) : std::string_view(path).substr(std::min(path.size(), folder.size() + 1));
  if (!path.starts_with(folder) || !check_path(relative))
    return fail(Code::internal, fmt::format("the server told of a file '{}'", path), {}, "it is not written; is that a Gyre server?");
  return target / relative;
}

bool is_there(const fs::path& target, const FileHead& whole) {
  std::error_code error;
  if (whole.sha256.empty() || !fs::is_regular_file(target, error)) return false;
  if (static_cast<std::int64_t>(fs::file_size(target, error)) != whole.size_bytes) return false;
  const auto sha256 = file_sha256(target);
  return sha256 && *sha256 == whole.sha256;
}

struct FolderGet {
  const Invocation& call;
  Remote& remote;
  const RunPlace& place;
  std::string folder;
  fs::path target;
};

Result<int> get_folder(const FolderGet& get) {
  const auto all = TRY(counted(get.remote, get.place, get.folder));
  if (all.files == 0) return std::unexpected(not_there(get.call, get.remote, get.place, get.folder));
  Meter meter("download", all.bytes);
  MovedFiles done;
  const auto got = each_file(get.remote, get.place, get.folder, [&](const RunFile& file) -> Result<void> {
    const auto local = TRY(local_path(get.target, get.folder, file.path));
    const auto url = TRY(file_url(get.place, file.path));
    const auto whole = TRY(head_of(get.remote, url));
    if (interrupted()) return fail(Code::cancelled, "stopped");
    TRY(make_folders(local.parent_path()));
    if (!is_there(local, whole)) {
      TRY(fetch(get.remote, url, whole, local, [&](std::int64_t bytes) { meter.at(done.bytes + bytes, fmt::format("{} of {}", done.files + 1, all.files)); }));
      ++done.sent;
    }
    ++done.files;
    done.bytes += whole.size_bytes;
    return {};
  });
  meter.clear();
  if (!got && got.error().code == Code::cancelled)
    return fail(Code::cancelled, fmt::format("stopped; {} of {} files are in {}, each whole", done.files, all.files, get.target.string()), {},
                "the same command goes on from there");
  TRY(got);
  return print_moved_folder(get.call, get.target.string(), done, "fetched");
}

}  // namespace

Result<int> get_run_files(const Invocation& call) {
  catch_interrupts();
  Remote remote(call);
  auto path = call.positional("path");
  const bool all = path == "." || path == "/", folder = all || path.ends_with('/');
  while (path.ends_with('/')) path.pop_back();
  if (all) path.clear();
  if (!all) TRY(check_path(path));
  if (all && !call.has("output")) return fail(Code::invalid, "where all files of the run are to go is not told", {}, "name a folder: -o FOLDER");
  const auto place = TRY(run_place(remote, TRY(run_id(remote, call, Several::take_newest))));
  if (!folder) {
    const auto url = TRY(file_url(place, path));
    const auto whole = head_of(remote, url);
    if (whole) return get_file(call, remote, url, path, *whole);
    if (whole.error().code != Code::not_found) return std::unexpected(whole.error());
  }
  return get_folder({call, remote, place, path, fs::path(call.option("output", path.substr(path.rfind('/') + 1)))});
}

}  // namespace gyre::cli
