#include "app/cli/run_files.h"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "app/cli/view.h"
#include "base/hash.h"

namespace gyre::cli {
namespace {

constexpr std::int64_t kFilesAPage = 500;
constexpr std::size_t kMostPages = 100'000;  // of a run's files

std::string path_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    out += "/" + segment(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

// The hash in an ETag that is one, in quotes. It becomes part of a file's name here: whatever else a server sends is none.
std::string hash_in(std::string_view etag) {
  if (etag.size() < 2 || !etag.starts_with('"') || !etag.ends_with('"')) return {};
  const auto inner = etag.substr(1, etag.size() - 2);
  return is_sha256_hex(inner) ? std::string(inner) : std::string();
}

}  // namespace

Result<RunPlace> run_place(Remote& remote, const std::string& run_id) {
  constexpr std::string_view kScheme = "mlflow-artifacts:";
  const auto told = TRY(remote.get("/api/2.0/mlflow/runs/get", {{"run_id", run_id}}));
  const auto uri = told["run"]["info"]["artifact_uri"].string_or("");
  std::string_view root = uri;
  if (!root.starts_with(kScheme))
    return fail(Code::invalid, fmt::format("the files of this run are not with the server, but at {}", uri), {}, "use MLflow's client, which goes there");
  root.remove_prefix(kScheme.size());
  if (root.starts_with("//")) root.remove_prefix(std::min(root.find('/', 2), root.size()));
  while (root.starts_with('/')) root.remove_prefix(1);
  return RunPlace{run_id, fmt::format("{}/artifacts{}", kArtifacts, path_segments(root)), std::string(root)};
}

Result<void> check_path(std::string_view path) {
  for (std::size_t from = 0; from <= path.size();) {
    const auto end = std::min(path.find('/', from), path.size());
    const auto name = path.substr(from, end - from);
    if (name.empty() || name == "." || name == ".." || name.contains('\0'))
      return fail(Code::invalid, fmt::format("'{}' is no path of a file", path), {}, "name it as in model/weights.bin");
    from = end + 1;
  }
  return {};
}

Result<std::string> file_url(const RunPlace& place, std::string_view path) {
  TRY(check_path(path));
  return place.url + path_segments(path);
}

std::string joined_path(std::string_view folder, std::string_view name) { return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name); }

// A server that gives a cursor twice, or a page without files before the end, would give them for ever.
Result<void> each_file(Remote& remote, const RunPlace& place, std::string_view folder, const std::function<Result<void>(const RunFile& file)>& each) {
  std::set<std::string> cursors{""};
  for (std::string cursor;;) {
    const auto page =
        TRY(remote.get(api("runs", place.run_id, "files"), {{"under", std::string(folder)}, {"limit", std::to_string(kFilesAPage)}, {"cursor", cursor}}));
    for (const auto& row : items(page["rows"])) TRY(each({row["path"].string_or(""), row["bytes"].int_or(0)}));
    cursor = page["cursor"].string_or("");
    if (cursor.empty()) return {};
    if (items(page["rows"]).empty() || cursors.size() >= kMostPages || !cursors.insert(cursor).second)
      return fail(Code::internal, fmt::format("the server's list of the run's files does not end after page {}", cursors.size()), {},
                  "is a Gyre server of this version behind that address?");
  }
}

std::string header(const net::ClientResponse& answer, std::string_view name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? std::string() : found->second;
}

Result<FileHead> head_of(Remote& remote, const std::string& url) {
  const auto answer = TRY(remote.send({.method = "HEAD", .url = url, .headers = {}, .body = {}}));
  FileHead head{.etag = header(answer, "ETag"), .sha256 = {}};
  head.sha256 = hash_in(head.etag);
  const auto length = header(answer, "Content-Length");
  const bool told = std::from_chars(length.data(), length.data() + length.size(), head.size_bytes).ec == std::errc();
  if (!told || head.size_bytes < 0) return fail(Code::internal, fmt::format("the server does not tell how large {} is", url), {}, "is it a Gyre server?");
  if (head.size_bytes == 0) head.sha256 = sha256_hex("");  // of nothing, servers tell no hash
  return head;
}

bool worth_another_try(const Error& error) { return error.code == Code::unavailable || error.code == Code::conflict; }

int print_moved_file(const Invocation& call, const std::string& path, std::int64_t bytes, const std::string& sha256) {
  if (call.json) {
    json::Value document = json::Object{};
    document.set("path", path);
    document.set("bytes", bytes);
    document.set("sha256", sha256);
    return print_document(call, "artifact/1", document);
  }
  fmt::print("{}\n", shown_path(path));
  if (!call.quiet) tell(fmt::format("{}, sha256 {}", human_bytes(bytes), sha256));
  return kDone;
}

int print_moved_folder(const Invocation& call, const std::string& path, const MovedFiles& moved, std::string_view verb) {
  if (call.json) {
    json::Value document = json::Object{};
    document.set("path", path);
    document.set("files", moved.files);
    document.set("bytes", moved.bytes);
    document.set("moved", moved.sent);
    return print_document(call, "artifact-folder/1", document);
  }
  fmt::print("{}\n", shown_path(path));
  const auto there = moved.files - moved.sent;
  if (!call.quiet)
    tell(fmt::format("{} files, {}{}", grouped(moved.files), human_bytes(moved.bytes),
                     there > 0 ? fmt::format("; {} {}, the others were there already", grouped(moved.sent), verb) : ""));
  return kDone;
}

}  // namespace gyre::cli
