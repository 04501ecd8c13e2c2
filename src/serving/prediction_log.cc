#include "serving/prediction_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <set>

#include "base/folder.h"
#include "base/log.h"
#include "serving/log_writer.h"
#include "serving/sealed_files.h"

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;

// What a file's name tells, as SealedFiles gave it: 2001-04-01.0000000007.primary.1.parquet
std::optional<LogFile> described(const fs::path& file) {
  constexpr std::size_t kDay = 10, kSegment = 10, kRole = kDay + kSegment + 2;
  const auto name = file.filename().string();
  if (file.extension() != ".parquet" || name.size() <= kRole) return std::nullopt;
  const auto day = from_iso(name.substr(0, kDay));
  if (!day) return std::nullopt;
  return LogFile{file, *day, std::atoll(name.substr(kDay + 1, kSegment).c_str()), name.substr(kRole, name.find('.', kRole) - kRole)};
}

bool lies_in(const LogFile& file, TimeMs from_ms, TimeMs to_ms) { return file.day_ms + kDayMs > from_ms && file.day_ms < to_ms; }

}  // namespace

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
      if (::fdatasync(copy.get()) != 0) log::error("the prediction log cannot be synced to its disk", {{"endpoint", endpoint}});
    }
  }
}

Result<void> PredictionLog::recover() {
  TRY(make_folders(folder_));
  for (const auto& entry : TRY(list_folder(folder_))) {
    std::error_code ignored;
    if (fs::is_directory(entry, ignored)) TRY(writer(entry.filename().string()));
  }
  return {};
}

Result<std::shared_ptr<PredictionLog::Writer>> PredictionLog::writer(std::string_view endpoint) {
  return writers_.with([&](auto& all) -> Result<std::shared_ptr<Writer>> {
    if (const auto found = all.find(endpoint); found != all.end()) return found->second;
    auto made = std::make_shared<Writer>(folder_ / endpoint);
    TRY(made->recover());
    all.emplace(endpoint, made);
    return made;
  });
}

Result<bool> PredictionLog::append(std::string_view endpoint, const std::vector<Frame>& frames, bool strict, const std::function<void()>& logged) {
  const auto log = TRY(writer(endpoint));
  thread_local std::string bytes;
  bytes.clear();
  for (const auto& frame : frames) append_framed(bytes, frame);
  const auto& first = frames.front();

  const std::lock_guard lock(log->mutex);
  if (log->seen.contains(first.request_id)) return false;
  TRY(log->roll_for(bytes.size(), first.at_ms / kDayMs));
  TRY(log->write(bytes));
  log->day = std::max(log->day, first.at_ms / kDayMs);
  log->remember(first.request_id);
  if (logged) logged();
  if (strict && ::fdatasync(log->fd.get()) != 0) return fail_errno("sync", log->path());
  log->dirty = !strict;
  return true;
}

// Segments that were released are read from what they were sealed into.
Result<LogRead> PredictionLog::read(std::string_view endpoint, Position after, std::size_t max_bytes) {
  const auto log = TRY(writer(endpoint));
  const auto open = segments_in(log->folder);
  LogRead out{{}, after};
  if (const auto first = open.empty() ? std::int64_t{1} : open.front(); after.segment < first) {
    for (auto segment = std::max<std::int64_t>(after.segment, 1); segment < first; ++segment) {
      for (const auto& file : TRY(read_mark(log->done_mark(segment)))) TRY(unseal(engine_, log->folder / "sealed", file, out.frames));
      out.next = {segment + 1, 0};
      if (!out.frames.empty()) return out;
    }
  }
  std::size_t taken = 0;
  for (const auto segment : open) {
    if (segment < after.segment) continue;
    auto reader = TRY(SegmentReader::open(segment_path(log->folder, segment), segment == after.segment ? after.offset : 0));
    while (taken < max_bytes) {
      const auto payload = TRY(reader.next());
      if (!payload) break;
      out.frames.push_back(TRY(decode(*payload)));
      taken += payload->size();
    }
    out.next = {segment, reader.position()};
    if (taken >= max_bytes) break;
  }
  return out;
}

Result<void> PredictionLog::at_rest(std::string_view endpoint, const std::function<void(Position)>& look) {
  const auto log = TRY(writer(endpoint));
  const std::lock_guard lock(log->mutex);
  look({log->segment, log->size});
  return {};
}

// Of segments whose sealing ended: a crash may have left some files of one that did not.
Result<std::vector<LogFile>> PredictionLog::sealed(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms) {
  const auto log = TRY(writer(endpoint));
  std::vector<LogFile> files;
  for (const auto& path : TRY(list_folder(log->folder / "sealed"))) {
    auto file = described(path);
    if (file && lies_in(*file, from_ms, to_ms) && is_there(log->done_mark(file->segment))) files.push_back(*std::move(file));
  }
  return files;
}

Result<std::vector<LogFile>> PredictionLog::files(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms) {
  const auto log = TRY(writer(endpoint));
  const auto tail = TRY(snapshot(*log));
  auto files = TRY(sealed(endpoint, from_ms, to_ms));
  std::set<std::int64_t> there;  // a segment that was sealed meanwhile counts once
  for (const auto& file : files) there.insert(file.segment);
  for (const auto& path : tail) {
    auto file = described(path);
    if (file && lies_in(*file, from_ms, to_ms) && !there.contains(file->segment)) files.push_back(*std::move(file));
  }
  return files;
}

Result<bool> PredictionLog::seal_due(TimeMs now_ms) {
  bool worked = false;
  const auto writers = writers_.with([](const auto& all) { return all; });
  for (const auto& [endpoint, log] : writers) {
    std::int64_t active = 0;
    {
      const std::lock_guard lock(log->mutex);
      if (log->size > 0) TRY(log->roll_for(0, now_ms / kDayMs));
      active = log->segment;
    }
    for (const auto segment : segments_in(log->folder)) {
      if (segment >= active || is_there(log->done_mark(segment))) continue;
      TRY(seal(*log, segment));
      worked = true;
    }
  }
  return worked;
}

Result<void> PredictionLog::release(std::string_view endpoint, Position consumed) {
  const auto log = TRY(writer(endpoint));
  std::int64_t active = 0;
  {
    const std::lock_guard lock(log->mutex);
    active = log->segment;
  }
  for (const auto segment : segments_in(log->folder)) {
    if (segment >= consumed.segment || segment >= active - 1 || !is_there(log->done_mark(segment))) continue;
    std::error_code ignored;
    fs::remove(segment_path(log->folder, segment), ignored);
  }
  return {};
}

}  // namespace gyre::serving
