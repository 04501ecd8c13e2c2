// One file of a run to its place here, taken up again where it was cut.
#include "app/cli/run_fetch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/interrupt.h"
#include "base/file.h"
#include "base/file_hash.h"
#include "base/hash.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

// Takes no more than the server told of.
class FileSink final : public ByteSink {
 public:
  FileSink(const Fd& fd, fs::path path, std::int64_t most_bytes) : fd_(fd), path_(std::move(path)), most_bytes_(most_bytes) {}
  Result<void> write(std::string_view bytes) override {
    if (written_bytes + std::ssize(bytes) > most_bytes_) return fail(Code::internal, "the server gives more than it told", {}, "get it again");
    TRY(write_fully(fd_.get(), bytes, path_));
    written_bytes += static_cast<std::int64_t>(bytes.size());
    return {};
  }
  std::int64_t written_bytes = 0;

 private:
  const Fd& fd_;
  const fs::path path_;
  const std::int64_t most_bytes_;
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
    FileSink sink(fd, part, whole.size_bytes - offset);
    auto fetched = fetch_rest(remote, url, whole, offset, sink, moved);
    if (!fetched && (!worth_another_try(fetched.error()) || interrupted())) return fetched;
    failures = sink.written_bytes > 0 ? 1 : failures + 1;
    if (failures >= kAttempts) return fetched ? fail(Code::unavailable, "the server gives less than it told") : fetched;
    if (!fetched) rest_ms(kPauseMs * failures);
  }
}

// Beside the file, and short: its name and the content that is meant tell it, and a name may have all the bytes that a file system takes.
fs::path part_of(const fs::path& target, const FileHead& whole) {
  constexpr std::size_t kDigits = 32;
  return target.parent_path() / fmt::format(".{}.part", sha256_hex(fmt::format("{}/{}", target.filename().string(), whole.sha256)).substr(0, kDigits));
}

}  // namespace

Result<std::string> fetch_file(Remote& remote, const std::string& url, const FileHead& whole, const fs::path& target, const Moved& moved) {
  std::error_code error;
  if (fs::is_directory(target, error))
    return fail(Code::conflict, fmt::format("'{}' is a folder here", target.string()), {}, "get it to another place: -o DEST");
  const auto part = part_of(target, whole);
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

bool is_there(const fs::path& target, const FileHead& whole) {
  std::error_code error;
  if (whole.sha256.empty() || !fs::is_regular_file(target, error)) return false;
  if (static_cast<std::int64_t>(fs::file_size(target, error)) != whole.size_bytes) return false;
  const auto sha256 = file_sha256(target);
  return sha256 && *sha256 == whole.sha256;
}

}  // namespace gyre::cli
