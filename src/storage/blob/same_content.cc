#include "storage/blob/same_content.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <random>

#include "base/file.h"
#include "base/hash.h"

namespace gyre::blob {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kFolders = 256;
constexpr int kLookedThroughAtStart = 10'000;

std::optional<struct stat> stat_of(const fs::path& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? std::optional(found) : std::nullopt;
}

// The call again, after the folder was made that it missed.
template <class Call>
bool with_folder(const fs::path& target, Call call) {
  if (call() == 0) return true;
  if (errno != ENOENT || !make_folders(target.parent_path())) return false;
  return call() == 0;
}

}  // namespace

fs::path SameContent::content(std::string_view sha256) const { return folder_ / sha256.substr(0, 2) / sha256.substr(2); }

fs::path SameContent::by_inode(ino_t inode) const { return folder_ / "inode" / fmt::format("{:02x}", inode % kFolders) / std::to_string(inode); }

Result<void> SameContent::prepare() {
  TRY(make_folders(folder_ / "inode"));
  remove_unused();
  return {};
}

bool SameContent::take(std::string_view sha256, std::int64_t size_bytes, const fs::path& as) {
  const auto found = stat_of(content(sha256));
  if (!found || found->st_size != size_bytes) return false;
  return ::link(content(sha256).c_str(), as.c_str()) == 0;  // a file has so many names at most: then there are two of that content
}

void SameContent::keep(std::string_view sha256, const fs::path& file) {
  const auto made = stat_of(file);
  const auto target = content(sha256);
  if (!made || !with_folder(target, [&] { return ::link(file.c_str(), target.c_str()); })) return;
  const auto index = by_inode(made->st_ino);
  ::unlink(index.c_str());  // of a file that had this inode before
  with_folder(index, [&] { return ::symlink(std::string(sha256).c_str(), index.c_str()); });
}

std::optional<std::string> SameContent::sha256_of(const fs::path& file) const {
  const auto found = stat_of(file);
  if (!found) return std::nullopt;
  std::array<char, 65> name{};
  const auto size = ::readlink(by_inode(found->st_ino).c_str(), name.data(), name.size());
  std::string sha256(name.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (!is_sha256_hex(sha256)) return std::nullopt;
  const auto kept = stat_of(content(sha256));
  return kept && kept->st_ino == found->st_ino ? std::optional(std::move(sha256)) : std::nullopt;  // an inode may have been given to another file
}

// Whoever takes the content at this moment has a name of it, and loses nothing but that others share it.
void SameContent::release(ino_t inode) {
  std::array<char, 65> name{};
  const auto size = ::readlink(by_inode(inode).c_str(), name.data(), name.size());
  const std::string sha256(name.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (!is_sha256_hex(sha256)) return;
  const auto kept = stat_of(content(sha256));
  if (kept && kept->st_ino == inode && kept->st_nlink == 1) drop(sha256);
}

void SameContent::drop(std::string_view sha256) {
  if (const auto kept = stat_of(content(sha256))) ::unlink(by_inode(kept->st_ino).c_str());
  ::unlink(content(sha256).c_str());
}

// What a crash has left without a name. Where there is much, a part of it at each start.
void SameContent::remove_unused() {
  int left = kLookedThroughAtStart;
  const auto first = std::random_device{}();
  for (unsigned i = 0; i < kFolders && left > 0; ++i) {
    const auto prefix = fmt::format("{:02x}", (first + i) % kFolders);
    std::error_code error;
    for (auto at = fs::directory_iterator(folder_ / prefix, error); !error && at != fs::directory_iterator(); at.increment(error)) {
      const auto found = stat_of(at->path());
      if (found && found->st_nlink == 1) drop(prefix + at->path().filename().string());
      --left;
    }
  }
}

}  // namespace gyre::blob
