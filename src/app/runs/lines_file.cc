#include "app/runs/lines_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace gyre::runs {

std::string segment_name(std::string_view prefix, int number) { return fmt::format("{}-{:06}.ndjson", prefix, number); }

Result<LinesFile> LinesFile::create(const std::filesystem::path& folder, std::string prefix) {
  LinesFile file(folder, std::move(prefix));
  TRY(file.next());
  return file;
}

Result<void> LinesFile::next() {
  TRY(sync());
  const auto path = folder_ / segment_name(prefix_, number_ + 1);
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("create", path);
  TRY(sync_folder(folder_));
  fd_ = std::move(fd);
  path_ = path;
  ++number_;
  size_bytes_ = 0;
  return {};
}

Result<void> LinesFile::append(std::string_view line) {
  if (size_bytes_ > kSegmentBytes) TRY(next());
  const auto written = write_fully(fd_.get(), line, path_);
  if (!written) {
    (void)!::ftruncate(fd_.get(), size_bytes_);
    return written;
  }
  size_bytes_ += static_cast<std::int64_t>(line.size());
  unsynced_ = true;
  return {};
}

Result<void> LinesFile::sync() {
  if (!unsynced_) return {};
  if (::fdatasync(fd_.get()) != 0) return fail_errno("sync", path_);
  unsynced_ = false;
  return {};
}

}  // namespace gyre::runs
