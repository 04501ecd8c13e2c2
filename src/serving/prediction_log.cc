#include "serving/prediction_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_set>

#include "base/log.h"

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kMagic = 0x31504C47;  // "GLP1"
struct Header {
  std::uint32_t magic = kMagic, size = 0, crc = 0, reserved = 0;
};

std::uint32_t checksum(std::string_view bytes) { return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size())); }

std::string framed(const Frame& frame) {
  const auto payload = encode(frame);
  const Header header{kMagic, static_cast<std::uint32_t>(payload.size()), checksum(payload), 0};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes + payload;
}

fs::path segment_path(const fs::path& folder, std::int64_t segment) { return folder / fmt::format("{:010}.log", segment); }

std::vector<std::int64_t> segments_in(const fs::path& folder) {
  std::vector<std::int64_t> segments;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".log") segments.push_back(std::atoll(entry.path().stem().c_str()));
  }
  std::ranges::sort(segments);
  return segments;
}

// Calls `use(payload, offset behind it)` for each whole frame from an offset on; returns where whole frames end.
template <class Use>
Result<std::int64_t> scan(const fs::path& path, std::int64_t from, Use use) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open", path);
  std::string payload;
  for (auto at = from;;) {
    Header header;
    if (::pread(fd.get(), &header, sizeof header, at) != static_cast<ssize_t>(sizeof header) || header.magic != kMagic) return at;
    payload.resize(header.size);
    const auto body = at + static_cast<std::int64_t>(sizeof header);
    if (::pread(fd.get(), payload.data(), payload.size(), body) != static_cast<ssize_t>(payload.size()) || checksum(payload) != header.crc) return at;
    at = body + header.size;
    if (!TRY(use(std::string_view(payload), at))) return at;
  }
}

}  // namespace

// Appends are serialised by the mutex; the syncer reads `dirty` under it and syncs outside.
struct PredictionLog::Writer {
  std::mutex mutex;
  fs::path folder;
  std::int64_t segment = 0, size = 0, day = -1;
  Fd fd;
  bool dirty = false;
  std::unordered_set<std::string> seen;
  std::deque<std::string> seen_order;

  void remember(const std::string& request_id) {
    if (!seen.insert(request_id).second) return;
    seen_order.push_back(request_id);
    if (seen_order.size() <= kRememberedRequests) return;
    seen.erase(seen_order.front());
    seen_order.pop_front();
  }

  Result<void> open_segment(std::int64_t number) {
    const auto path = segment_path(folder, number);
    Fd opened(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!opened) return fail_errno("open", path);
    struct stat found{};
    ::fstat(opened.get(), &found);
    if (fd) ::fdatasync(fd.get());
    fd = std::move(opened);
    segment = number;
    size = found.st_size;
    day = -1;
    return sync_folder(folder);
  }

  // The last segment is read for torn ends and request ids; earlier ones were closed whole.
  Result<void> recover() {
    const auto segments = segments_in(folder);
    for (std::size_t i = segments.size() > 2 ? segments.size() - 2 : 0; i < segments.size(); ++i) {
      const auto path = segment_path(folder, segments[i]);
      const auto end = TRY(scan(path, 0, [&](std::string_view payload, std::int64_t) -> Result<bool> {
        const auto frame = TRY(decode(payload));
        remember(frame.request_id);
        day = frame.at_ms / kDayMs;
        return true;
      }));
      if (static_cast<std::int64_t>(fs::file_size(path)) != end) {
        log::warn("the prediction log ended in a torn frame, which was cut", {{"file", path.string()}});
        fs::resize_file(path, static_cast<std::uintmax_t>(end));
      }
    }
    const auto last_day = day;
    TRY(open_segment(segments.empty() ? 1 : segments.back()));
    day = last_day;
    return {};
  }
};

PredictionLog::PredictionLog(fs::path folder, query::Engine& engine) : folder_(std::move(folder)), engine_(engine) {
  syncer_ = std::thread([this] { sync_until_stopped(); });
}

PredictionLog::~PredictionLog() {
  stopping_.with([](bool& stopping) { stopping = true; });
  stopping_.notify_all();
  syncer_.join();
}

void PredictionLog::sync_until_stopped() {
  for (bool over = false; !over;) {
    over = stopping_.wait_for(std::chrono::milliseconds(kSyncEachMs), [](bool stopping) { return stopping; }, [](bool stopping) { return stopping; });
    const auto writers = writers_.with([](const auto& all) { return all; });
    for (const auto& [endpoint, writer] : writers) {
      Fd copy;
      {
        const std::lock_guard lock(writer->mutex);
        if (!std::exchange(writer->dirty, false)) continue;
        copy = Fd(::dup(writer->fd.get()));
      }
      ::fdatasync(copy.get());
    }
  }
}

Result<void> PredictionLog::recover() {
  TRY(make_folders(folder_));
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.is_directory()) TRY(writer(entry.path().filename().string()));
  }
  return {};
}

Result<std::shared_ptr<PredictionLog::Writer>> PredictionLog::writer(std::string_view endpoint) {
  return writers_.with([&](auto& all) -> Result<std::shared_ptr<Writer>> {
    if (const auto found = all.find(endpoint); found != all.end()) return found->second;
    auto made = std::make_shared<Writer>();
    made->folder = folder_ / endpoint;
    TRY(make_folders(made->folder / "sealed"));
    TRY(made->recover());
    all.emplace(endpoint, made);
    return made;
  });
}

Result<bool> PredictionLog::append(std::string_view endpoint, const std::vector<Frame>& frames, bool strict) {
  const auto log = TRY(writer(endpoint));
  std::string bytes;
  for (const auto& frame : frames) bytes += framed(frame);
  const auto day = frames.front().at_ms / kDayMs;

  const std::lock_guard lock(log->mutex);
  if (log->seen.contains(frames.front().request_id)) return false;
  if (log->size > 0 && (log->size + static_cast<std::int64_t>(bytes.size()) > kSegmentBytes || (log->day >= 0 && log->day != day))) TRY(log->open_segment(log->segment + 1));
  const auto path = segment_path(log->folder, log->segment);
  if (auto written = write_fully(log->fd.get(), bytes, path); !written) {
    if (::ftruncate(log->fd.get(), log->size) != 0) log::error("a torn frame could not be cut", {{"file", path.string()}});
    return std::unexpected(written.error());
  }
  log->size += static_cast<std::int64_t>(bytes.size());
  log->day = day;
  log->remember(frames.front().request_id);
  if (strict && ::fdatasync(log->fd.get()) != 0) return fail_errno("sync", path);
  log->dirty = !strict;
  return true;
}

Result<LogRead> PredictionLog::read(std::string_view endpoint, Position after, std::size_t max_bytes) {
  const auto log = TRY(writer(endpoint));
  LogRead out{{}, after};
  std::size_t taken = 0;
  for (const auto segment : segments_in(log->folder)) {
    if (segment < after.segment) continue;
    const auto from = segment == after.segment ? after.offset : 0;
    out.next = {segment, TRY(scan(segment_path(log->folder, segment), from, [&](std::string_view payload, std::int64_t) -> Result<bool> {
                  out.frames.push_back(TRY(decode(payload)));
                  taken += payload.size();
                  return taken < max_bytes;
                }))};
    if (taken >= max_bytes) break;
  }
  return out;
}

Result<std::vector<fs::path>> PredictionLog::sealed(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms) {
  const auto log = TRY(writer(endpoint));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(log->folder / "sealed")) {
    const auto name = entry.path().filename().string();  // 2001-04-01.0000000007.parquet
    const auto day = from_iso(name.substr(0, 10));
    if (entry.path().extension() == ".parquet" && day && *day + kDayMs > from_ms && *day < to_ms) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

Result<bool> PredictionLog::seal_due(TimeMs now_ms) {
  bool worked = false;
  const auto writers = writers_.with([](const auto& all) { return all; });
  for (const auto& [endpoint, log] : writers) {
    {
      const std::lock_guard lock(log->mutex);
      if (log->size > 0 && log->day >= 0 && log->day < now_ms / kDayMs) TRY(log->open_segment(log->segment + 1));
    }
    for (const auto segment : segments_in(log->folder)) {
      if (segment >= log->segment || fs::exists(log->folder / "sealed" / fmt::format("{:010}.done", segment))) continue;
      TRY(seal(endpoint, segment));
      worked = true;
    }
  }
  return worked;
}

Result<void> PredictionLog::release(std::string_view endpoint, Position consumed) {
  const auto log = TRY(writer(endpoint));
  for (const auto segment : segments_in(log->folder)) {
    const auto done = log->folder / "sealed" / fmt::format("{:010}.done", segment);
    if (segment >= consumed.segment || !fs::exists(done)) continue;
    std::error_code ignored;
    fs::remove(segment_path(log->folder, segment), ignored);
  }
  return {};
}

}  // namespace gyre::serving
