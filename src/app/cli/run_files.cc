// gyre run put, get: a run's files, taken up again where they were cut.
#include "app/cli/run_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "app/cli/interrupt.h"
#include "app/cli/run_ref.h"
#include "app/cli/view.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/file_hash.h"
#include "base/hash.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kArtifacts = "/api/2.0/mlflow-artifacts";
constexpr int kAttempts = 10;  // in a row without a byte that came through
constexpr int kPauseMs = 500;

std::string header(const net::ClientResponse& answer, std::string_view name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? std::string() : found->second;
}

// What curl would tidy up is another path than the one that was meant.
Result<void> check_path(std::string_view path) {
  for (std::size_t from = 0; from <= path.size();) {
    const auto end = std::min(path.find('/', from), path.size());
    const auto name = path.substr(from, end - from);
    if (name.empty() || name == "." || name == "..")
      return fail(Code::invalid, fmt::format("'{}' is no path of a file", path), {}, "name it as in model/weights.bin");
    from = end + 1;
  }
  return {};
}

std::string path_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    out += "/" + segment(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

// Where the server takes and gives a run's file.
Result<std::string> file_url(Remote& remote, const std::string& id, std::string_view path) {
  constexpr std::string_view kScheme = "mlflow-artifacts:";
  TRY(check_path(path));
  const auto told = TRY(remote.get("/api/2.0/mlflow/runs/get", {{"run_id", id}}));
  const auto uri = told["run"]["info"]["artifact_uri"].string_or("");
  std::string_view root = uri;
  if (!root.starts_with(kScheme))
    return fail(Code::invalid, fmt::format("the files of this run are not with the server, but at {}", uri), {}, "use MLflow's client, which goes there");
  root.remove_prefix(kScheme.size());
  if (root.starts_with("//")) root.remove_prefix(std::min(root.find('/', 2), root.size()));
  while (root.starts_with('/')) root.remove_prefix(1);
  return fmt::format("{}/artifacts{}{}", kArtifacts, path_segments(root), path_segments(path));
}

bool worth_another_try(const Error& error) { return error.code == Code::unavailable || error.code == Code::conflict; }

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

struct Upload {
  fs::path file;
  std::int64_t size_bytes = 0;
  std::string place;  // of the upload at the server
};

Result<std::string> begin_upload(Remote& remote, const std::string& url, const Upload& upload, const std::string& sha256) {
  const net::Headers headers{{"Content-Type", "application/octet-stream"},
                             {"Upload-Complete", "?0"},
                             {"Upload-Length", std::to_string(upload.size_bytes)},
                             {"Repr-Digest", fmt::format("sha-256=:{}:", base64(from_hex(sha256).value_or("")))}};
  const auto answer = TRY(remote.send({.method = "PUT", .url = url, .headers = headers, .body = {}}));
  const auto location = header(answer, "Location");
  if (location.empty()) return fail(Code::invalid, "the server takes no uploads that can be resumed", {}, "is it a Gyre server of this version?");
  return fmt::format("{}/uploads/{}", kArtifacts, location.substr(location.rfind('/') + 1));
}

Result<std::int64_t> offset_of(Remote& remote, const Upload& upload) {
  const auto text = header(TRY(remote.send({.method = "HEAD", .url = upload.place, .headers = {}, .body = {}})), "Upload-Offset");
  std::int64_t offset = -1;
  std::from_chars(text.data(), text.data() + text.size(), offset);
  if (offset < 0 || offset > upload.size_bytes)
    return fail(Code::conflict, fmt::format("the upload does not belong to '{}'", upload.file.string()), {}, "put the file again without --resume");
  return offset;
}

Result<void> send_rest(Remote& remote, const Upload& upload, const Fd& fd, std::int64_t offset, Meter& meter) {
  TailSource source(fd, upload.file, offset);
  net::ClientRequest request{.method = "PATCH",
                             .url = upload.place,
                             .headers = {{"Content-Type", "application/partial-upload"}, {"Upload-Offset", std::to_string(offset)}, {"Upload-Complete", "?1"}},
                             .body = {}};
  request.source = &source;
  request.source_bytes = upload.size_bytes - offset;
  request.progress = [&](std::int64_t sent, std::int64_t) {
    meter.at(offset + sent);
    return !interrupted();
  };
  TRY(remote.send(std::move(request)));
  return {};
}

// Goes on from where the server stands, as long as that moves.
Result<void> upload_all(Remote& remote, const Upload& upload) {
  const Fd fd(::open(upload.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open", upload.file);
  Meter meter("upload", upload.size_bytes);
  std::int64_t stood = -1;
  for (int failures = 0;;) {
    const auto offset = offset_of(remote, upload);
    auto sent = offset ? send_rest(remote, upload, fd, *offset, meter) : std::unexpected(offset.error());
    if (sent || !worth_another_try(sent.error()) || interrupted()) return sent;
    failures = offset && *offset > stood ? 1 : failures + 1;
    if (offset) stood = *offset;
    if (failures >= kAttempts) return sent;
    rest_ms(kPauseMs * failures);
  }
}

Result<Upload> upload_of(const Invocation& call) {
  std::error_code error;
  Upload upload{.file = call.positional("file"), .place = {}};
  if (!fs::is_regular_file(upload.file, error)) return fail(Code::not_found, fmt::format("there is no file '{}'", upload.file.string()));
  upload.size_bytes = static_cast<std::int64_t>(fs::file_size(upload.file, error));
  if (call.has("resume")) upload.place = fmt::format("{}/uploads/{}", kArtifacts, segment(call.option("resume")));
  return upload;
}

int print_file(const Invocation& call, const std::string& path, std::int64_t bytes, const std::string& sha256) {
  if (call.json) {
    json::Value document = json::Object{};
    document.set("path", path);
    document.set("bytes", bytes);
    document.set("sha256", sha256);
    return print_document(call, "artifact/1", document);
  }
  fmt::print("{}\n", path);
  if (!call.quiet) tell(fmt::format("{}, sha256 {}", human_bytes(bytes), sha256));
  return kDone;
}

struct Remainder {
  std::string etag;
  std::int64_t size_bytes = 0;
};

Result<Remainder> look_at(Remote& remote, const std::string& url) {
  const auto answer = TRY(remote.send({.method = "HEAD", .url = url, .headers = {}, .body = {}}));
  Remainder whole{.etag = header(answer, "ETag")};
  const auto length = header(answer, "Content-Length");
  std::from_chars(length.data(), length.data() + length.size(), whole.size_bytes);
  return whole;
}

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

Result<void> fetch_rest(Remote& remote, const std::string& url, const Remainder& whole, std::int64_t offset, FileSink& sink, Meter& meter) {
  net::ClientRequest request{.method = "GET", .url = url, .headers = {}, .body = {}};
  if (offset > 0) request.headers = {{"Range", fmt::format("bytes={}-", offset)}, {"If-Range", whole.etag}};
  request.sink = &sink;
  request.progress = [&](std::int64_t, std::int64_t received) {
    meter.at(offset + received);
    return !interrupted();
  };
  const auto answer = TRY(remote.send(std::move(request)));
  if (offset > 0 && answer.status != 206) return fail(Code::internal, "the file was replaced while it was fetched", {}, "get it again");
  return {};
}

// What is there of the same content stays; the name of the part tells of which it is.
Result<void> fetch_all(Remote& remote, const std::string& url, const Remainder& whole, const fs::path& part) {
  const Fd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("write", part);
  Meter meter("download", whole.size_bytes);
  for (int failures = 0;;) {
    const auto offset = static_cast<std::int64_t>(::lseek(fd.get(), 0, SEEK_END));
    if (offset == whole.size_bytes) return {};
    FileSink sink(fd, part);
    auto fetched = fetch_rest(remote, url, whole, offset, sink, meter);
    if (!fetched && (!worth_another_try(fetched.error()) || interrupted())) return fetched;
    failures = sink.written_bytes > 0 ? 1 : failures + 1;
    if (failures >= kAttempts) return fetched ? fail(Code::unavailable, "the server gives less than it told") : fetched;
    if (!fetched) rest_ms(kPauseMs * failures);
  }
}

}  // namespace

Result<int> put_run_file(const Invocation& call) {
  catch_interrupts();
  Remote remote(call);
  auto upload = TRY(upload_of(call));
  const auto path = call.option("to", upload.file.filename().string());
  const auto sha256 = TRY(file_sha256(upload.file));
  if (upload.place.empty()) upload.place = TRY(begin_upload(remote, TRY(file_url(remote, TRY(run_id(remote, call, Several::refuse)), path)), upload, sha256));
  if (const auto sent = upload_all(remote, upload); !sent) {
    auto error = sent.error();
    if (error.code == Code::cancelled || worth_another_try(error)) {
      error.detail = error.message;
      error.message = "stopped; what the server has of the file is kept for a day";
      error.fix = fmt::format("gyre run put {} {} --resume {}", call.positional("run"), upload.file.string(), upload.place.substr(upload.place.rfind('/') + 1));
    }
    return std::unexpected(error);
  }
  return print_file(call, path, upload.size_bytes, sha256);
}

Result<int> get_run_file(const Invocation& call) {
  catch_interrupts();
  Remote remote(call);
  const auto path = call.positional("path");
  const auto name = path.substr(path.rfind('/') + 1);
  std::error_code error;
  auto target = fs::path(call.option("output", name));
  if (fs::is_directory(target, error)) target /= name;
  const auto url = TRY(file_url(remote, TRY(run_id(remote, call, Several::take_newest)), path));
  const auto whole = TRY(look_at(remote, url));
  const auto wanted = whole.etag.size() == 66 ? whole.etag.substr(1, 64) : std::string();
  const fs::path part = fmt::format("{}.{}.part", target.string(), wanted.substr(0, 12));
  if (wanted.empty()) fs::remove(part, error);  // of content without a name nothing can be taken up
  if (const auto fetched = fetch_all(remote, url, whole, part); !fetched) {
    auto trouble = fetched.error();
    if (trouble.code == Code::cancelled)
      trouble = {Code::cancelled, fmt::format("stopped; what came is in {}", part.string()), {}, "the same command goes on from there"};
    return std::unexpected(trouble);
  }
  const auto sha256 = TRY(file_sha256(part));
  if (!wanted.empty() && sha256 != wanted) {
    fs::remove(part, error);
    return fail(Code::internal, fmt::format("what came does not have the hash {} that the server told", wanted), {},
                "get it again; gyre check tells whether the server's file is sound");
  }
  fs::rename(part, target, error);
  if (error) return fail(Code::unavailable, fmt::format("'{}' cannot be written", target.string()), error.message());
  return print_file(call, target.string(), whole.size_bytes, sha256);
}

}  // namespace gyre::cli
