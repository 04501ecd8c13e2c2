#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/id.h"
#include "storage/blob/store.h"

namespace gyre::blob {
namespace {

namespace fs = std::filesystem;

class LocalStore final : public Store {
 public:
  explicit LocalStore(fs::path root) : root_(std::move(root)) {}

  // Written beside its place, synced, renamed, and the folder synced: after a crash there is the old object or the new one.
  Result<std::int64_t> put(std::string_view key, ByteSource& source) override {
    TRY(check_key(key));
    const auto target = root_ / "objects" / key;
    const auto temporary = root_ / "incoming" / make_hex_id();
    auto outcome = write_to(temporary, source);
    if (outcome) {
      if (auto made = make_folders(target.parent_path()); !made) outcome = std::unexpected(made.error());
    }
    if (outcome && ::rename(temporary.c_str(), target.c_str()) != 0) outcome = fail_errno("move into place", target);
    if (!outcome) {
      ::unlink(temporary.c_str());
      return outcome;
    }
    TRY(sync_folder(target.parent_path()));
    return outcome;
  }

  Result<void> get(std::string_view key, Range range, ByteSink& sink) override {
    TRY(check_key(key));
    const auto path = root_ / "objects" / key;
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return missing(key, path);
    std::string block(kStreamBlockBytes, '\0');
    auto at = range.first;
    for (auto left = range.count; left > 0;) {
      const auto most = std::min(left, static_cast<std::int64_t>(block.size()));
      const auto got = ::pread(fd.get(), block.data(), static_cast<std::size_t>(most), at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("read", path);
      if (got == 0) break;
      TRY(sink.write({block.data(), static_cast<std::size_t>(got)}));
      at += got;
      left -= got;
    }
    return {};
  }

  Result<Object> stat(std::string_view key) override {
    TRY(check_key(key));
    const auto path = root_ / "objects" / key;
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return missing(key, path);
    return Object{std::string(key), found.st_size, static_cast<TimeMs>(found.st_mtim.tv_sec) * 1000 + found.st_mtim.tv_nsec / 1'000'000};
  }

  Result<std::vector<Object>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
    std::vector<std::string> keys;
    const auto base = root_ / "objects";
    // Only the folder that holds all keys of this prefix is walked.
    const auto slash = prefix.rfind('/');
    const auto start = slash == std::string_view::npos ? base : base / prefix.substr(0, slash);
    std::error_code error;
    for (auto at = fs::recursive_directory_iterator(start, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (!at->is_regular_file(error)) continue;
      auto key = at->path().lexically_relative(base).generic_string();
      if (key.starts_with(prefix) && key > after) keys.push_back(std::move(key));
    }
    limit = std::min(limit, kMaxListed);
    const auto wanted = std::min(limit, keys.size());
    std::ranges::partial_sort(keys, keys.begin() + static_cast<std::ptrdiff_t>(wanted));
    keys.resize(wanted);
    std::vector<Object> objects;
    for (const auto& key : keys) {
      if (auto found = stat(key)) objects.push_back(std::move(*found));  // one that was removed meanwhile is not there
    }
    return objects;
  }

  Result<void> remove(std::string_view key) override {
    TRY(check_key(key));
    const auto path = root_ / "objects" / key;
    if (::unlink(path.c_str()) != 0) return errno == ENOENT || errno == ENOTDIR ? Result<void>() : fail_errno("remove", path);
    return sync_folder(path.parent_path());
  }

  std::optional<fs::path> local_path(std::string_view key) const override {
    if (!check_key(key)) return std::nullopt;
    return root_ / "objects" / key;
  }

 private:
  static std::unexpected<Error> missing(std::string_view key, const fs::path& path) {
    if (errno == ENOENT || errno == ENOTDIR || errno == 0) return fail(Code::not_found, fmt::format("there is no object '{}'", key));
    return fail_errno("open", path);
  }

  static Result<std::int64_t> write_to(const fs::path& path, ByteSource& source) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));  // links to it are read-only too
    if (!fd) return fail_errno("create", path);
    std::int64_t size = 0;
    for (;;) {
      const auto block = TRY(source.read());
      if (block.empty()) break;
      TRY(write_fully(fd.get(), block, path));
      size += static_cast<std::int64_t>(block.size());
    }
    if (::fdatasync(fd.get()) != 0) return fail_errno("sync", path);
    return size;
  }

  const fs::path root_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_local(const fs::path& folder) {
  TRY(make_folders(folder / "objects"));
  std::error_code ignored;
  fs::remove_all(folder / "incoming", ignored);  // what a crash left half written
  TRY(make_folders(folder / "incoming"));
  return std::make_unique<LocalStore>(folder);
}

}  // namespace gyre::blob
