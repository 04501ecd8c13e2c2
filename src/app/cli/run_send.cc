// One file to the server: what is large is taken up where the server stands.
#include "app/cli/run_send.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "app/cli/interrupt.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/hash.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

class TailSource final : public ByteSource {
 public:
  TailSource(const Fd& fd, fs::path path, std::int64_t offset) : fd_(fd), path_(std::move(path)), at_(offset), block_(kStreamBlockBytes, '\0') {}
  Result<std::string_view> read(std::size_t most) override {
    const auto got = ::pread(fd_.get(), block_.data(), std::min(most, block_.size()), at_);
    if (got < 0) return fail_errno("read", path_);
    at_ += got;
    return std::string_view(block_.data(), static_cast<std::size_t>(got));
  }

 private:
  const Fd& fd_;
  const fs::path path_;
  std::int64_t at_;
  std::string block_;
};

std::string digest_of(const std::string& sha256) { return fmt::format("sha-256=:{}:", base64(from_hex(sha256).value_or(""))); }

Result<std::int64_t> offset_of(Remote& remote, const Upload& upload) {
  const auto text = header(TRY(remote.send({.method = "HEAD", .url = upload.place, .headers = {}, .body = {}})), "Upload-Offset");
  std::int64_t offset = -1;
  std::from_chars(text.data(), text.data() + text.size(), offset);
  if (offset < 0 || offset > upload.size_bytes)
    return fail(Code::conflict, fmt::format("the upload does not belong to '{}'", upload.file.string()), {}, "put the file again without --resume");
  return offset;
}

Result<void> send_rest(Remote& remote, const Upload& upload, const Fd& fd, std::int64_t offset, const Moved& moved) {
  TailSource source(fd, upload.file, offset);
  net::ClientRequest request{.method = "PATCH",
                             .url = upload.place,
                             .headers = {{"Content-Type", "application/partial-upload"}, {"Upload-Offset", std::to_string(offset)}, {"Upload-Complete", "?1"}},
                             .body = {}};
  request.source = &source;
  request.source_bytes = upload.size_bytes - offset;
  request.progress = [&](std::int64_t sent, std::int64_t) {
    moved(offset + sent);
    return !interrupted();
  };
  TRY(remote.send(std::move(request)));
  return {};
}

}  // namespace

Result<std::string> begin_upload(Remote& remote, const std::string& url, const Upload& upload, const std::string& sha256) {
  const net::Headers headers{{"Content-Type", "application/octet-stream"},
                             {"Upload-Complete", "?0"},
                             {"Upload-Length", std::to_string(upload.size_bytes)},
                             {"Repr-Digest", digest_of(sha256)}};
  const auto answer = TRY(remote.send({.method = "PUT", .url = url, .headers = headers, .body = {}}));
  const auto location = header(answer, "Location");
  if (location.empty()) return fail(Code::invalid, "the server takes no uploads that can be resumed", {}, "is it a Gyre server of this version?");
  return fmt::format("{}/uploads/{}", kArtifacts, location.substr(location.rfind('/') + 1));
}

Result<void> send_all(Remote& remote, const Upload& upload, const Moved& moved) {
  const Fd fd(::open(upload.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open", upload.file);
  std::int64_t stood = -1;
  for (int failures = 0;;) {
    const auto offset = offset_of(remote, upload);
    auto sent = offset ? send_rest(remote, upload, fd, *offset, moved) : std::unexpected(offset.error());
    if (sent || !worth_another_try(sent.error()) || interrupted()) return sent;
    failures = offset && *offset > stood ? 1 : failures + 1;
    if (offset) stood = *offset;
    if (failures >= kAttempts) return sent;
    rest_ms(kPauseMs * failures);
  }
}

Result<void> send_whole(Remote& remote, const std::string& url, const Upload& upload, const std::string& sha256, const Moved& moved) {
  const Fd fd(::open(upload.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open", upload.file);
  for (int failures = 1;; ++failures) {
    TailSource source(fd, upload.file, 0);
    net::ClientRequest request{
        .method = "PUT", .url = url, .headers = {{"Content-Type", "application/octet-stream"}, {"Repr-Digest", digest_of(sha256)}}, .body = {}};
    request.source = &source;
    request.source_bytes = upload.size_bytes;
    request.progress = [&](std::int64_t sent, std::int64_t) {
      moved(sent);
      return !interrupted();
    };
    const auto sent = remote.send(std::move(request));
    if (sent) return {};
    if (!worth_another_try(sent.error()) || interrupted() || failures >= kAttempts) return std::unexpected(sent.error());
    rest_ms(kPauseMs * failures);
  }
}

}  // namespace gyre::cli
