// gyre repo put, rm: content first, then one commit that names it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "app/cli/interrupt.h"
#include "app/cli/repo.h"
#include "app/cli/view.h"
#include "base/file.h"
#include "datasets/datasets.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

struct Upload {
  std::string path;  // in the repository
  fs::path file;
  std::int64_t size_bytes = 0;
};

class FileSource final : public ByteSource {
 public:
  static Result<FileSource> open(const fs::path& path) {
    FileSource source(path);
    source.fd_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!source.fd_) return fail_errno("open", path);
    source.block_.resize(kStreamBlockBytes);
    return source;
  }
  Result<std::string_view> read(std::size_t most) override {
    const auto got = ::read(fd_.get(), block_.data(), std::min(most, block_.size()));
    if (got < 0) return fail_errno("reading", path_);
    return std::string_view(block_).substr(0, static_cast<std::size_t>(got));
  }

 private:
  explicit FileSource(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
  Fd fd_;
  std::string block_;
};

std::string below(std::string_view folder, std::string_view name) { return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name); }

Result<void> add_folder(std::vector<Upload>& uploads, const fs::path& folder, const std::string& into) {
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    if (uploads.size() >= datasets::kMaxChanges)
      return fail(Code::exhausted, fmt::format("a commit takes at most {} paths", datasets::kMaxChanges), {}, "put folder by folder");
    uploads.push_back({below(into, at->path().lexically_relative(folder).generic_string()), at->path(), static_cast<std::int64_t>(at->file_size(error))});
  }
  if (error) return fail(Code::invalid, fmt::format("'{}' cannot be read", folder.string()), error.message());
  return {};
}

// A folder comes with its name, one with a slash at its end without. One file may get a new name.
Result<std::vector<Upload>> uploads_of(const std::vector<std::string>& sources, const RepoPath& at) {
  std::vector<Upload> uploads;
  for (const auto& source : sources) {
    std::error_code error;
    const fs::path path(source);
    const auto kind = fs::status(path, error).type();
    const auto name = path.has_filename() ? path.filename() : path.parent_path().filename();
    if (kind == fs::file_type::not_found) return fail(Code::not_found, fmt::format("'{}' is not there", source));
    if (kind == fs::file_type::directory) {
      const bool contents = source.ends_with('/') || name == "." || name == "..";
      TRY(add_folder(uploads, path, contents ? at.path : below(at.path, name.string())));
    } else if (kind == fs::file_type::regular) {
      const bool renamed = sources.size() == 1 && !at.path.empty() && !at.folder;
      uploads.push_back({renamed ? at.path : below(at.path, name.string()), path, static_cast<std::int64_t>(fs::file_size(path, error))});
    } else {
      return fail(Code::invalid, fmt::format("'{}' is neither a file nor a folder", source));
    }
  }
  std::ranges::sort(uploads, {}, &Upload::path);
  const auto twice = std::ranges::adjacent_find(uploads, {}, &Upload::path);
  if (twice != uploads.end())
    return fail(Code::invalid, fmt::format("'{}' and '{}' would both be {}", twice->file.string(), std::next(twice)->file.string(), twice->path));
  if (uploads.empty()) return fail(Code::invalid, "there is no file in what was named");
  return uploads;
}

Result<std::string> upload(Remote& remote, const std::string& repo, const Upload& one, const std::function<bool(std::int64_t)>& progress) {
  auto source = TRY(FileSource::open(one.file));
  net::ClientRequest request{.method = "PUT",
                             .url = api("repos", repo, "content"),
                             .headers = {{"Content-Type", "application/octet-stream"}},
                             .body = {},
                             .source = &source,
                             .source_bytes = one.size_bytes,
                             .sink = nullptr,
                             .progress = [&](std::int64_t sent, std::int64_t) { return progress(sent); }};
  const auto answer = TRY(json::parse(TRY(remote.send(std::move(request))).body));
  if (answer["size_bytes"].int_or(-1) != one.size_bytes)
    return fail(Code::conflict, fmt::format("'{}' changed while it was read", one.file.string()), {}, "put it again once it is at rest");
  return answer["sha256"].string_or("");
}

Result<json::Array> upload_all(Remote& remote, const std::string& repo, const std::vector<Upload>& uploads) {
  std::int64_t total = 0, done = 0;
  for (const auto& one : uploads) total += one.size_bytes;
  Meter meter("upload", total);
  json::Array changes;
  for (const auto& one : uploads) {
    const auto what = fmt::format("{} of {}", changes.size() + 1, uploads.size());
    const auto sha256 = upload(remote, repo, one, [&](std::int64_t sent) {
      meter.at(done + sent, what);
      return !interrupted();
    });
    if (!sha256 && sha256.error().code == Code::cancelled) {
      meter.clear();
      return fail(Code::cancelled, fmt::format("stopped after {} of {} files; nothing was committed", changes.size(), uploads.size()), {},
                  "the same command again puts them all");
    }
    if (!sha256) return std::unexpected(sha256.error());
    done += one.size_bytes;
    json::Value change = json::Object{};
    change.set("path", one.path);
    change.set("sha256", *sha256);
    changes.push_back(std::move(change));
  }
  return changes;
}

// With --replace: what the folder holds beside the new files goes.
Result<void> add_removals(Remote& remote, const RepoPath& at, const std::vector<Upload>& uploads, json::Array& changes) {
  const auto present = files_below(remote, at);
  if (!present && present.error().code == Code::not_found) return {};
  for (const auto& file : TRY(present)) {
    if (std::ranges::binary_search(uploads, file.path, {}, &Upload::path)) continue;
    json::Value change = json::Object{};
    change.set("path", file.path);
    change.set("remove", true);
    changes.push_back(std::move(change));
  }
  return {};
}

Result<json::Value> metadata_of(const Invocation& call) {
  json::Value metadata = json::Object{};
  for (const auto& pair : call.list("metadata")) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) return fail(Code::invalid, fmt::format("--metadata '{}' is not KEY=VALUE", pair));
    metadata.set(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return metadata;
}

std::string author_of(const Invocation& call) {
  const char* user = std::getenv("USER");
  return call.option("author", user ? user : "");
}

Result<int> commit(const Invocation& call, Remote& remote, const RepoPath& at, json::Array changes, std::string message) {
  json::Value body = json::Object{};
  body.set("branch", at.ref);
  if (call.has("if-head")) body.set("expected_head", call.option("if-head"));
  body.set("message", call.option("message", message));
  body.set("author", author_of(call));
  body.set("metadata", TRY(metadata_of(call)));
  body.set("idempotency_key", call.option("key"));
  body.set("changes", std::move(changes));
  const auto answer = TRY(remote.post(api("repos", at.repo, "commits"), body));
  const auto& made = answer["commit"];
  if (call.json) return print_document(call, "commit/1", answer);
  if (call.quiet) {
    fmt::print("{}\n", reference(made));
  } else if (!answer["created"].bool_or(true)) {
    fmt::print("{}\n", reference(made));
    tell(call.has("key") ? "no new commit: nothing differs, or the key was used before" : "no new commit: nothing differs");
  } else {
    Facts facts;
    facts.add("commit", fmt::format("{} on {}", reference(made), at.ref));
    facts.add("paths", fmt::format("{} added, {} changed, {} removed", count(made["added"]), count(made["changed"]), count(made["removed"])));
    facts.add("holds", bytes(made["bytes"]));
    facts.print();
    tell_page(remote, made);
  }
  return kDone;
}

Result<RepoPath> branch_path(const Invocation& call) {
  auto at = TRY(repo_path(call.positional("ref")));
  if (at.ref.contains('~'))
    return fail(Code::invalid, fmt::format("'{}' is no branch", at.ref), {}, fmt::format("commits are made on a branch: {}@main", at.repo));
  return at;
}

int plan_put(const std::vector<Upload>& uploads, const RepoPath& at) {
  Table table({{"PATH"}, {"SIZE", true}, {"FROM"}});
  std::int64_t total = 0;
  for (const auto& one : uploads) {
    table.add({one.path, bytes(one.size_bytes), one.file.string()});
    total += one.size_bytes;
  }
  table.print();
  tell(fmt::format("{} files, {} would be committed to {}@{}", grouped(std::ssize(uploads)), human_bytes(total), at.repo, at.ref));
  return kDone;
}

}  // namespace

Result<int> put_files(const Invocation& call) {
  const auto at = TRY(branch_path(call));
  TRY(metadata_of(call));  // before a folder is walked
  const auto uploads = TRY(uploads_of(call.list("files"), at));
  for (const auto& one : uploads) TRY(datasets::parse_ref(fmt::format("{}/{}", at.repo, one.path)));  // a bad path is told before anything is sent
  if (call.has("dry-run")) return plan_put(uploads, at);
  catch_interrupts();
  Remote remote(call);
  auto changes = TRY(upload_all(remote, at.repo, uploads));
  if (call.has("replace")) TRY(add_removals(remote, at, uploads, changes));
  return commit(call, remote, at, std::move(changes), uploads.size() == 1 ? "put " + uploads[0].path : fmt::format("put {} files", uploads.size()));
}

Result<int> remove_paths(const Invocation& call) {
  const auto at = TRY(branch_path(call));
  json::Array changes;
  for (const auto& path : call.list("paths")) {
    auto whole = below(at.path, path);
    const bool folder = whole.ends_with('/');
    while (whole.ends_with('/')) whole.pop_back();
    json::Value change = json::Object{};
    change.set(folder ? "folder" : "path", whole);
    change.set("remove", true);
    changes.push_back(std::move(change));
  }
  Remote remote(call);
  return commit(call, remote, at, std::move(changes), fmt::format("remove {}", fmt::join(call.list("paths"), ", ")));
}

}  // namespace gyre::cli
