#include "serving/log_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

namespace gyre::serving {

namespace fs = std::filesystem;

fs::path PredictionLog::Writer::done_mark(std::int64_t number) const { return folder / "sealed" / fmt::format("{:010}.done", number); }

void PredictionLog::Writer::remember(const std::string& request_id) {
  if (!seen.insert(request_id).second) return;
  seen_order.push_back(request_id);
  if (seen_order.size() <= kRememberedRequests) return;
  seen.erase(seen_order.front());
  seen_order.pop_front();
}

Result<void> PredictionLog::Writer::open_segment(std::int64_t number) {
  const auto next = segment_path(folder, number);
  Fd opened(::open(next.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!opened) return fail_errno("open", next);
  TRY(sync_folder(folder));
  struct stat found{};
  ::fstat(opened.get(), &found);
  if (fd && ::fdatasync(fd.get()) != 0) return fail_errno("sync", path());
  fd = std::move(opened);
  segment = number;
  size = found.st_size;
  day = -1;
  must_roll = false;
  return {};
}

// The last segment is read for a torn end; the one before it for the ids of its requests.
Result<void> PredictionLog::Writer::recover() {
  std::error_code ignored;
  fs::remove_all(folder / "tail", ignored);
  TRY(make_folders(folder / "sealed"));
  TRY(make_folders(folder / "tail"));
  const auto segments = segments_in(folder);
  std::int64_t last_day = -1;
  for (std::size_t i = segments.size() > 2 ? segments.size() - 2 : 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    const auto file = segment_path(folder, segments[i]);
    auto reader = TRY(SegmentReader::open(file, 0));
    while (const auto payload = TRY(reader.next())) {
      const auto head = TRY(decode_head(*payload));
      remember(head.request_id);
      if (last) last_day = std::max(last_day, head.at_ms / kDayMs);
    }
    if (!last || !reader.has_rest()) continue;
    log::warn("the prediction log ended in a torn frame, which was cut", {{"file", file.string()}, {"at", std::to_string(reader.position())}});
    if (::truncate(file.c_str(), reader.position()) != 0) return fail_errno("cut", file);
  }
  TRY(open_segment(segments.empty() ? 1 : segments.back()));
  day = last_day;
  return {};
}

Result<void> PredictionLog::Writer::roll_for(std::size_t bytes, std::int64_t for_day) {
  const bool full = size + static_cast<std::int64_t>(bytes) > kSegmentBytes, past = day >= 0 && day < for_day;
  if (must_roll || (size > 0 && (full || past))) return open_segment(segment + 1);
  return {};
}

Result<void> PredictionLog::Writer::write(std::string_view bytes) {
  if (auto written = write_fully(fd.get(), bytes, path()); !written) {
    must_roll = ::ftruncate(fd.get(), size) != 0;
    return written;
  }
  size += static_cast<std::int64_t>(bytes.size());
  return {};
}

}  // namespace gyre::serving
