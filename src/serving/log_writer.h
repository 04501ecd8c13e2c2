// The log of one endpoint, open for appending. Inside serving/ only.
#pragma once

#include <deque>
#include <list>
#include <mutex>
#include <unordered_set>

#include "serving/segment.h"

namespace gyre::serving {

// What is not sealed yet, as Parquet files that each go on where the one before ended.
struct TailPart {
  std::int64_t segment = 0;
  std::filesystem::path file;
};
struct Tail {
  Position upto;
  std::list<TailPart> parts;
  std::list<TailPart> leaving;  // no longer given out, but somebody may still be reading them
};

// All members are used under `mutex`, but for the folder and the tail.
struct PredictionLog::Writer {
  const std::filesystem::path folder;
  std::mutex mutex;
  std::int64_t segment = 0, size = 0;
  std::int64_t day = -1;   // of the newest frame in the segment; -1: it has none
  bool dirty = false;      // written, not yet synced
  bool must_roll = false;  // the segment ends in bytes that could not be cut off
  Fd fd;
  std::unordered_set<std::string> seen;
  std::deque<std::string> seen_order;
  Guarded<Tail> tail;

  explicit Writer(std::filesystem::path f) : folder(std::move(f)) {}
  std::filesystem::path done_mark(std::int64_t number) const;
  std::filesystem::path path() const { return segment_path(folder, segment); }

  void remember(const std::string& request_id);
  Result<void> open_segment(std::int64_t number);
  Result<void> recover();
  // A new segment when this one is full, of an earlier day, or torn.
  Result<void> roll_for(std::size_t bytes, std::int64_t for_day);
  Result<void> write(std::string_view bytes);
};

}  // namespace gyre::serving
