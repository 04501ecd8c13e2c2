#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/digest.h"
#include "base/file.h"
#include "base/id.h"
#include "storage/blob/same_content.h"
#include "storage/blob/store.h"
#include "storage/blob/write_behind.h"

namespace gyre::blob {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kAbandonedAfter{6};

// What is named by its hash is there once anyhow, and pieces of uploads soon go.
bool may_be_shared(std::string_view key) { return !key.starts_with("sha256/") && !key.starts_with("uploads/"); }

class LocalStore final : public Store {
 public:
  explicit LocalStore(fs::path root) : root_(std::move(root)), same_(root_ / "same") {}

  // Written beside its place, synced, renamed, and the folder synced: after a crash there is the old object or the new one.
  Result<std::int64_t> put(std::string_view key, ByteSource& source) override {
    TRY(check_key(key));
    const auto target = root_ / "objects" / key;
    const auto temporary = root_ / "incoming" / make_hex_id();
    struct stat old{};
    const bool replaces = ::stat(target.c_str(), &old) == 0;
    auto outcome = may_be_shared(key) ? write_or_share(temporary, source) : write_to(temporary, source);
    if (outcome) {
      if (auto moved = move_into_place(temporary, target); !moved) outcome = std::unexpected(moved.error());
    }
    ::unlink(temporary.c_str());  // still there after a failure, and where the very same file stood in its place already
    if (outcome && replaces) same_.release(old.st_ino);
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
    errno = 0;
    if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return missing(key, path);
    return Object{std::string(key), found.st_size, static_cast<TimeMs>(found.st_mtim.tv_sec) * 1000 + found.st_mtim.tv_nsec / 1'000'000};
  }

  Result<std::vector<Object>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
    Listing listing{prefix, after, std::min(limit, kMaxListed), {}};
    TRY(walk(root_ / "objects", "", listing));
    return std::move(listing.found);
  }

  Result<void> remove(std::string_view key) override {
    TRY(check_key(key));
    const auto path = root_ / "objects" / key;
    struct stat old{};
    const bool there = ::stat(path.c_str(), &old) == 0;
    if (::unlink(path.c_str()) != 0) {
      const bool no_object = errno == ENOENT || errno == ENOTDIR || errno == EISDIR;  // a folder is none: other objects lie below it
      return no_object ? Result<void>() : fail_errno("remove", path);
    }
    TRY(sync_folder(path.parent_path()));
    if (there) same_.release(old.st_ino);
    return {};
  }

  std::optional<fs::path> local_path(std::string_view key) const override {
    if (!check_key(key)) return std::nullopt;
    return root_ / "objects" / key;
  }

 private:
  struct Listing {
    std::string_view prefix, after;
    std::size_t limit;
    std::vector<Object> found;
  };

  // Depth first in order of keys ("a/" stands where "a" + "/" does), opening only folders that can hold what is wanted.
  Result<void> walk(const fs::path& folder, const std::string& key_prefix, Listing& listing) {
    std::vector<std::string> names;
    std::error_code error;
    for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator(); at.increment(error)) {
      names.push_back(key_prefix + at->path().filename().string() + (at->is_directory(error) ? "/" : ""));
    }
    if (error && error != std::errc::no_such_file_or_directory)
      return fail(Code::unavailable, fmt::format("the folder '{}' cannot be read through: {}", folder.string(), error.message()));
    std::ranges::sort(names);
    for (const auto& name : names) {
      if (listing.found.size() >= listing.limit) break;
      if (name.ends_with('/')) {
        const bool may_match = name.starts_with(listing.prefix) || listing.prefix.starts_with(name);
        const bool behind = listing.after < name || listing.after.starts_with(name);
        if (may_match && behind) TRY(walk(root_ / "objects" / name, name, listing));
      } else if (name.starts_with(listing.prefix) && name > listing.after) {
        if (auto found = stat(name)) listing.found.push_back(std::move(*found));  // one that was removed meanwhile is not there
      }
    }
    return {};
  }

  Result<void> move_into_place(const fs::path& temporary, const fs::path& target) {
    if (::rename(temporary.c_str(), target.c_str()) != 0) {
      if (errno == EISDIR || errno == ENOTDIR) return is_taken(target);
      if (errno != ENOENT) return fail_errno("move into place", target);
      TRY(make_folders_durably(target.parent_path()));
      if (::rename(temporary.c_str(), target.c_str()) != 0) return fail_errno("move into place", target);
    }
    return sync_folder(target.parent_path());
  }

  // A new folder is an entry of the one above it, which has to reach the disk too.
  Result<void> make_folders_durably(const fs::path& folder) {
    if (folder == root_) return {};
    TRY(make_folders_durably(folder.parent_path()));
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return fail_errno("create the folder", folder);
    return sync_folder(folder.parent_path());
  }

  static std::unexpected<Error> is_taken(const fs::path& target) {
    return fail(Code::conflict, fmt::format("'{}' cannot be a file and a folder at once", target.filename().string()), {}, "choose another name");
  }

  static std::unexpected<Error> missing(std::string_view key, const fs::path& path) {
    if (errno == ENOENT || errno == ENOTDIR || errno == 0) return fail(Code::not_found, fmt::format("there is no object '{}'", key));
    return fail_errno("open", path);
  }

  static Result<Fd> create(const fs::path& path) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));  // links to it are read-only too
    if (!fd) return fail_errno("create", path);
    return fd;
  }

  static Result<std::int64_t> write_all(const Fd& fd, const fs::path& path, ByteSource& source) {
    WriteBehind file(fd, path);
    for (std::int64_t size = 0;;) {
      const auto block = TRY(source.read());
      if (block.empty()) {
        TRY(file.finish());
        return size;
      }
      TRY(file.write(block));
      size += static_cast<std::int64_t>(block.size());
    }
  }

  static Result<std::int64_t> write_to(const fs::path& path, ByteSource& source) {
    const auto fd = TRY(create(path));
    const auto size = TRY(write_all(fd, path, source));
    if (::fdatasync(fd.get()) != 0) return fail_errno("sync", path);
    return size;
  }

  // What is there already under another name is on the disk, and need not get there once more.
  Result<std::int64_t> write_or_share(const fs::path& path, ByteSource& source) {
    const auto fd = TRY(create(path));
    HashedSource hashed(source);
    const auto size = TRY(write_all(fd, path, hashed));
    const auto sha256 = hashed.finish_hex();
    const auto shared = path.parent_path() / make_hex_id();
    if (size > 0 && same_.take(sha256, size, shared)) {
      if (::rename(shared.c_str(), path.c_str()) == 0) return size;
      ::unlink(shared.c_str());
    }
    if (::fdatasync(fd.get()) != 0) return fail_errno("sync", path);
    if (size > 0) same_.keep(sha256, path);
    return size;
  }

  const fs::path root_;
  SameContent same_;
};

// What a crash left half written. Young ones may belong to another process that works on the same folder.
void remove_abandoned(const fs::path& incoming) {
  const auto young_s = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch() - kAbandonedAfter).count();
  std::error_code error;
  for (auto at = fs::directory_iterator(incoming, error); !error && at != fs::directory_iterator(); at.increment(error)) {
    struct stat found{};
    // The time of the last change of its names: content that is shared was written long ago.
    if (::stat(at->path().c_str(), &found) == 0 && found.st_ctim.tv_sec < young_s) ::unlink(at->path().c_str());
  }
}

}  // namespace

Result<std::unique_ptr<Store>> open_local(const fs::path& folder) {
  TRY(make_folders(folder / "objects"));
  TRY(make_folders(folder / "incoming"));
  remove_abandoned(folder / "incoming");
  TRY(SameContent(folder / "same").prepare());
  return std::make_unique<LocalStore>(folder);
}

}  // namespace gyre::blob
