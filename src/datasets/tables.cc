// Files of a commit as tables: for DuckDB, for people, for the steps of a pipeline.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "datasets/names.h"
#include "datasets/store.h"

namespace gyre::datasets {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRelationFiles = 20'000;
constexpr std::int64_t kMaxPreviewText = 64 << 10;

std::string_view reader_of(std::string_view format) { return format == "parquet" ? "read_parquet" : format == "csv" ? "read_csv" : "read_json"; }

std::string relation_over(const std::vector<File>& files, std::string_view format) {
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const auto& file : files) names.push_back(query::quote(file.local.string()));
  return fmt::format("{}([{}]{})", reader_of(format), fmt::join(names, ", "), names.size() > 1 ? ", union_by_name = true" : "");
}

// A copy that shares its blocks until one side writes, where the file system has such; false elsewhere.
bool clone_to(const fs::path& target, const fs::path& place) {
  const Fd from(::open(target.c_str(), O_RDONLY | O_CLOEXEC));
  const Fd to(::open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
  if (from && to && ::ioctl(to.get(), FICLONE, from.get()) == 0) return true;
  if (to) ::unlink(place.c_str());
  return false;
}

// The best that the file system allows: a clone, a second name for the same bytes, a link that points to them.
Result<void> link_to(const fs::path& target, const fs::path& place, bool& may_clone) {
  struct stat there{}, wanted{};
  if (::stat(target.c_str(), &wanted) != 0) return fail_errno("read", target);
  if (::lstat(place.c_str(), &there) == 0) {
    if (there.st_ino == wanted.st_ino && there.st_dev == wanted.st_dev) return {};
    if (::unlink(place.c_str()) != 0) return fail_errno("replace", place);
  }
  may_clone = may_clone && clone_to(target, place);
  if (may_clone || ::link(target.c_str(), place.c_str()) == 0) return {};
  if (errno != EXDEV && errno != EPERM && errno != EMLINK) return fail_errno("link", place);
  if (::symlink(fs::absolute(target).c_str(), place.c_str()) == 0) return {};
  return fail_errno("link", place);
}

bool is_text(std::string_view bytes) { return bytes.find('\0') == std::string_view::npos; }

}  // namespace

Result<std::string> Service::relation(std::string_view ref) {
  const auto all = TRY(files(ref));
  if (all.empty()) return fail(Code::not_found, fmt::format("'{}' holds no files", ref));
  if (all.size() > kMaxRelationFiles) return fail(Code::exhausted, fmt::format("'{}' holds {} files; one query reads {}", ref, all.size(), kMaxRelationFiles));
  const auto format = table_format(all.front().path);
  for (const auto& file : all) {
    if (table_format(file.path).empty())
      return fail(Code::invalid, fmt::format("'{}' is no table", file.path), {}, "name a folder of .parquet, .csv or .jsonl files");
    if (table_format(file.path) != format) return fail(Code::invalid, fmt::format("'{}' and '{}' have different formats", all.front().path, file.path));
  }
  return relation_over(all, format);
}

Result<std::vector<query::Column>> Service::columns(std::string_view ref) {
  const auto all = TRY(files(ref));
  if (all.empty()) return fail(Code::not_found, fmt::format("'{}' holds no files", ref));
  const auto& last = all.back();
  auto shape = TRY(db_.read([&](sql::Tx& tx) { return select_shape(tx, last.sha256, table_format(last.path)); }));
  if (!shape) return fail(Code::invalid, fmt::format("'{}' is no table", last.path));
  return std::move(shape->columns);
}

Result<Preview> Service::preview(std::string_view ref, std::size_t limit) {
  auto file = TRY(stat(ref));
  Preview preview{file.path, std::string(table_format(file.path)), file.size_bytes, file.rows, {}, ""};
  if (file.rows) {
    file.local = TRY(blob::content_file(store_, file.sha256, cache_));
    preview.table =
        TRY(query::fetch(engine_, fmt::format("SELECT * FROM {} LIMIT {}", relation_over({file}, preview.format), std::min(limit, kMaxPreviewRows))));
    return preview;
  }
  StringSink sink;
  TRY(blob::get_content(store_, file.sha256, {0, kMaxPreviewText}, sink));
  const bool text = is_text(sink.text);
  preview.format = !text ? "bytes" : file.path.ends_with(".json") ? "json" : "text";
  if (text) preview.text = std::move(sink.text);
  return preview;
}

Result<Materialized> Service::materialize(std::string_view ref, const fs::path& folder) {
  Materialized made;
  bool may_clone = true;  // until the file system says no
  TRY(make_folders(folder));
  for (const auto& file : TRY(files(ref))) {
    const auto place = folder / file.relative;
    TRY(make_folders(place.parent_path()));
    TRY(link_to(file.local, place, may_clone));
    ++made.files;
    made.size_bytes += file.size_bytes;
  }
  return made;
}

}  // namespace gyre::datasets
