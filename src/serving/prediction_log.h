// The log of predictions: a frame a scored batch, appended to a file before the answer goes out; sealed into Parquet later.
//
// write() precedes the answer, so that killing the process loses nothing; fdatasync follows within kSyncEachMs, so that a
// power cut may lose that much (`strict` waits for it).
#pragma once

#include <filesystem>
#include <functional>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "base/findings.h"
#include "base/guarded.h"
#include "infer/infer.h"
#include "query/query.h"

namespace gyre::serving {

struct Position {
  std::int64_t segment = 0, offset = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Frame {
  std::string request_id, role;  // "primary" or "shadow"
  TimeMs at_ms = 0;
  std::int64_t revision = 0, version = 0, rows = 0, latency_ns = 0;
  std::vector<std::string> ids;                // from the id column; none: row i is "<request_id>/<i>"
  std::vector<infer::Tensor> inputs, outputs;  // a shadow's frame repeats no inputs

  std::string id(std::size_t row) const;
};

// A Parquet file of the log: rows of one segment, day and role.
struct LogFile {
  std::filesystem::path path;
  TimeMs day_ms = 0;  // its midnight
  std::int64_t segment = 0;
  std::string role;  // "primary" or "shadow"
  friend bool operator==(const LogFile&, const LogFile&) = default;
};

struct LogRead {
  std::vector<Frame> frames;
  Position next;  // read from here the next time
};

constexpr std::int64_t kSyncEachMs = 100;
constexpr std::int64_t kSegmentBytes = 64 << 20;
constexpr std::size_t kRememberedRequests = 65'536;

void append_encoded(std::string& out, const Frame& frame);
Result<Frame> decode(std::string_view bytes);
// Without rows: what recovery needs.
Result<Frame> decode_head(std::string_view bytes);

// The column of the sealed files that holds value `i` of the `width` that a tensor has a row. Names that the log uses itself
// get a "_" behind them.
std::string log_column(std::string_view tensor, std::size_t i = 0, std::size_t width = 1);

// Thread-safe. One sequence of segments an endpoint.
class PredictionLog {
 public:
  PredictionLog(std::filesystem::path folder, query::Engine& engine);
  ~PredictionLog();

  // Cuts what a crash left torn at the end of each log.
  Result<void> recover();

  // False when a request of that id was logged before: nothing is written then. `logged` is called when it was written, before
  // anybody can see a position behind these frames.
  Result<bool> append(std::string_view endpoint, const std::vector<Frame>& frames, bool strict, const std::function<void()>& logged = {});

  // Frames behind a position, at most `max_bytes` of them (at least one where there is one; a sealed segment comes as a whole).
  // All that was ever logged can be read, segments that were released from what they were sealed into.
  Result<LogRead> read(std::string_view endpoint, Position after, std::size_t max_bytes);
  // Calls `look` with the position behind the last frame, while nothing is appended.
  Result<void> at_rest(std::string_view endpoint, const std::function<void(Position end)>& look);

  // Those whose days lie in [from, to), by day and segment: columns prediction_id, at (TIMESTAMP), hour, request_id, revision, version, role, inputs by
  // name, outputs by name (`log_column`).
  Result<std::vector<LogFile>> sealed(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms);
  // Those, and what is not sealed yet, in files that are there until the call after the next one.
  Result<std::vector<LogFile>> files(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms);

  // Turns full segments, and those of past days, into Parquet. Returns whether something was done.
  Result<bool> seal_due(TimeMs now_ms);
  // Segments that are sealed and lie before `consumed` may go; the latest of them stays, for the ids of its requests.
  Result<void> release(std::string_view endpoint, Position consumed);

  // Reads every frame and every sealed file.
  Result<Findings> verify(std::string_view endpoint);

  struct Writer;

 private:
  Result<std::shared_ptr<Writer>> writer(std::string_view endpoint);
  Result<void> seal(const Writer& log, std::int64_t segment);
  Result<std::vector<std::filesystem::path>> snapshot(Writer& log);
  void sync_until_stopped();

  const std::filesystem::path folder_;
  query::Engine& engine_;
  Guarded<std::map<std::string, std::shared_ptr<Writer>, std::less<>>> writers_;
  Guarded<bool> stopping_{false};
  std::thread syncer_;
};

}  // namespace gyre::serving
