// gyre repo get, cat, preview: content on its way back.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "app/cli/interrupt.h"
#include "app/cli/repo.h"
#include "app/cli/view.h"
#include "base/file.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 1'000'000, kMaxFolders = 100'000;

class FdSink final : public ByteSink {
 public:
  FdSink(int fd, fs::path name) : fd_(fd), name_(std::move(name)) {}
  Result<void> write(std::string_view bytes) override { return write_fully(fd_, bytes, name_); }

 private:
  const int fd_;
  const fs::path name_;
};

// "0-99", "100-" or "-20" as HTTP says it.
Result<std::string> range_header(const std::string& range) {
  const auto dash = range.find('-');
  const bool digits = range.find_first_not_of("0123456789-") == std::string::npos && range.size() > 1 && dash != std::string::npos &&
                      range.find('-', dash + 1) == std::string::npos;
  if (digits) return "bytes=" + range;
  return fail(Code::invalid, fmt::format("--range '{}' is no range of bytes", range), {},
              "0-99 are the first hundred, 100- is the rest, -20 are the last twenty");
}

Result<void> fetch(Remote& remote, const Invocation& call, const RepoPath& at, ByteSink& sink, const std::function<void(std::int64_t)>& progress) {
  net::ClientRequest request{.method = "GET", .url = api("repos", at.repo, "content"), .headers = {}, .body = {}};
  if (call.has("range")) request.headers.emplace("Range", TRY(range_header(call.option("range"))));
  request.sink = &sink;
  request.progress = [&](std::int64_t, std::int64_t received) {
    progress(received);
    return !interrupted();
  };
  TRY(remote.send(std::move(request), {{"ref", at.ref}, {"path", at.path}}));
  return {};
}

// Beside its place first: a file that is there is whole.
Result<void> fetch_to(Remote& remote, const Invocation& call, const RepoPath& at, const fs::path& target, const std::function<void(std::int64_t)>& progress) {
  const auto partial = fs::path(target.string() + ".part");
  Fd fd(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("writing", partial);
  FdSink sink(fd.get(), partial);
  auto fetched = fetch(remote, call, at, sink, progress);
  std::error_code error;
  if (!fetched) fs::remove(partial, error);
  if (!fetched) return fetched;
  fs::rename(partial, target, error);
  if (error) return fail(Code::unavailable, fmt::format("'{}' cannot be written", target.string()), error.message());
  return {};
}

Result<int> get_file(Remote& remote, const Invocation& call, const RepoPath& at) {
  const auto name = at.path.substr(at.path.rfind('/') + 1);
  auto target = fs::path(call.option("output", name));
  std::error_code error;
  if (fs::is_directory(target, error)) target /= name;
  if (fs::is_directory(target.parent_path(), error) == false && target.has_parent_path()) TRY(make_folders(target.parent_path()));
  Meter meter(safe(name), 0);
  TRY(fetch_to(remote, call, at, target, [&](std::int64_t received) { meter.at(received); }));
  meter.clear();
  const auto size = static_cast<std::int64_t>(fs::file_size(target, error));
  if (call.json) {
    json::Value document = json::Object{};
    document.set("ref", at.text());
    document.set("file", target.string());
    document.set("bytes", size);
    return print_document(call, "file/1", document);
  }
  fmt::print("{}\n", shown_path(target.string()));
  if (!call.quiet) tell(human_bytes(size));
  return kDone;
}

// A server that means ill must not write outside of the folder.
bool leaves_folder(const fs::path& relative) {
  return relative.is_absolute() || std::ranges::any_of(relative, [](const fs::path& part) { return part == ".."; });
}

Result<int> get_folder(Remote& remote, const Invocation& call, const RepoPath& at) {
  if (call.has("range")) return fail(Code::invalid, "a range is of one file", {}, "name a file");
  const auto files = TRY(files_below(remote, at));
  const auto name = at.path.empty() ? at.repo : at.path.substr(at.path.rfind('/') + 1);
  const fs::path target(call.option("output", name));
  std::int64_t total = 0, done = 0;
  for (const auto& file : files) total += file.size_bytes;
  Meter meter(safe(name), total);
  std::size_t written = 0;
  for (const auto& file : files) {
    const auto local = target / file.relative;
    if (leaves_folder(file.relative)) return fail(Code::internal, fmt::format("the server told of a path '{}'", safe(file.relative)));
    TRY(make_folders(local.parent_path()));
    const auto fetched = fetch_to(remote, call, {at.repo, at.ref, file.path}, local,
                                  [&](std::int64_t received) { meter.at(done + received, fmt::format("{} of {}", written + 1, files.size())); });
    if (!fetched && fetched.error().code == Code::cancelled)
      return fail(Code::cancelled, fmt::format("stopped; {} of {} files are in {}, each whole", written, files.size(), target.string()));
    TRY(fetched);
    done += file.size_bytes;
    ++written;
  }
  meter.clear();
  if (call.json) {
    json::Value document = json::Object{};
    document.set("ref", at.text());
    document.set("folder", target.string());
    document.set("files", static_cast<std::int64_t>(written));
    document.set("bytes", total);
    return print_document(call, "folder/1", document);
  }
  fmt::print("{}\n", shown_path(target.string()));
  if (!call.quiet) tell(fmt::format("{} files, {}", grouped(std::ssize(files)), human_bytes(total)));
  return kDone;
}

std::string cell(const json::Value& value) { return value.is_null() ? nothing() : text(value); }

void print_preview(const json::Value& found) {
  std::vector<Table::Column> columns;
  const auto& given = items(found["columns"]);
  for (const auto& column : given) {
    const auto type = column["type"].string_or("");
    const bool number = type.contains("INT") || type == "DOUBLE" || type == "FLOAT" || type.starts_with("DECIMAL");
    columns.push_back({text(column["name"]), number, static_cast<int>(columns.empty() ? 0 : columns.size()), Table::Cut::end});
  }
  Table table(columns);
  const auto& rows = items(found["rows"]);
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (const auto& value : items(row)) cells.push_back(cell(value));
    cells.resize(columns.size());
    table.add(std::move(cells));
  }
  table.print();
  const auto total = found["total_rows"].if_int() ? fmt::format(" of {}", grouped(*found["total_rows"].if_int())) : std::string();
  tell(fmt::format("{}{} rows, {} columns, {}, {}", grouped(std::ssize(rows)), total, given.size(), found["format"].string_or(""),
                   human_bytes(found["bytes"].int_or(0))));
}

}  // namespace

Result<std::vector<RemoteFile>> files_below(Remote& remote, const RepoPath& at) {
  std::vector<RemoteFile> files;
  std::vector<std::string> folders{at.path};
  Invocation every;
  every.options["all"] = "1";
  for (std::size_t next = 0; next < folders.size(); ++next) {
    if (next >= kMaxFolders || files.size() > kMaxFiles)
      return fail(Code::exhausted, fmt::format("more than {} files", kMaxFiles), {}, "name a folder further down");
    const auto tree = TRY(list(remote, api("repos", at.repo, "tree"), {{"ref", at.ref}, {"path", folders[next]}}, every));
    for (const auto& entry : tree.rows) {
      auto path = entry["path"].string_or("");
      const auto relative = path.substr(at.path.empty() ? 0 : at.path.size() + 1);
      if (entry["folder"].bool_or(false)) {
        folders.push_back(path);
      } else {
        files.push_back({path, relative, entry["bytes"].int_or(0)});
      }
    }
  }
  return files;
}

Result<int> get_files(const Invocation& call) {
  const auto at = TRY(repo_path(call.positional("ref")));
  if (call.option("output") == "-") return print_file(call);
  catch_interrupts();
  Remote remote(call);
  if (at.path.empty() || at.folder) return get_folder(remote, call, at);
  const auto got = get_file(remote, call, at);
  // `invalid` is said of a path that is a folder.
  if (!got && got.error().code == Code::invalid && !call.has("range")) return get_folder(remote, call, at);
  return got;
}

Result<int> print_file(const Invocation& call) {
  const auto at = TRY(repo_path(call.positional("ref")));
  if (at.path.empty())
    return fail(Code::invalid, fmt::format("'{}' names no file", call.positional("ref")), {}, fmt::format("gyre repo ls {} lists them", at.text()));
  Remote remote(call);
  FdSink sink(STDOUT_FILENO, "standard output");
  TRY(fetch(remote, call, at, sink, [](std::int64_t) {}));
  return kDone;
}

Result<int> preview_table(const Invocation& call) {
  const auto at = TRY(repo_path(call.positional("ref")));
  if (at.path.empty())
    return fail(Code::invalid, fmt::format("'{}' names no file", call.positional("ref")), {}, fmt::format("gyre repo ls {} lists them", at.text()));
  Remote remote(call);
  const auto found = TRY(remote.get(api("repos", at.repo, "preview"), {{"ref", at.ref}, {"path", at.path}, {"limit", call.option("limit", "10")}}));
  if (call.json) return print_document(call, "preview/1", found);
  if (!items(found["columns"]).empty()) {
    print_preview(found);
  } else if (found["text"].string_or("").empty()) {
    tell(fmt::format("{} is no table and no text, {}", at.text(), human_bytes(found["bytes"].int_or(0))));
  } else {
    fmt::print("{}", human() ? printable(found["text"].string_or("")) : found["text"].string_or(""));
  }
  return kDone;
}

}  // namespace gyre::cli
