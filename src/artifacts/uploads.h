// Large files that come in pieces: parts in any order (MLflow's multipart), or a stream that is taken up where it was cut.
//
// A piece is an object "uploads/<id>/..." of the blob store and a row; the file appears as a whole when the last step joins them.
#pragma once

#include <map>

#include "base/duty.h"
#include "base/figures.h"
#include "base/findings.h"
#include "storage/blob/store.h"
#include "storage/sql/migrate.h"

namespace gyre::artifacts {

constexpr std::int64_t kMaxParts = 10'000;
constexpr std::int64_t kMaxPartBytes = 5LL << 30, kMaxFileBytes = 5LL << 40;  // as in S3

struct Limits {
  std::int64_t open_uploads = 1000;
  std::int64_t open_bytes = 1LL << 40;    // of all open uploads together
  std::int64_t pieces = 100'000;          // of one stream; 5 TiB in segments are fewer
  std::int64_t small_bytes = 1 << 20;     // pieces of a stream that are smaller are joined when more comes
  std::int64_t segment_bytes = 64 << 20;  // of a stream: what a crash of the server can lose
  std::int64_t segment_ms = 15'000;       // the same for one that comes slowly
  TimeMs abandoned_after_ms = kDayMs;     // without a byte; a finished one is remembered for as long
};

struct Upload {
  enum class Kind { parts, stream };
  enum class State { open, done };

  std::string id, key;  // the key of the file that it becomes
  Kind kind = Kind::parts;
  std::int64_t parts = 0;
  std::optional<std::int64_t> total_bytes;  // of a stream, where it was told
  std::string sha256, sha512;               // that the whole must have, in hexadecimal digits; "": any
  State state = State::open;
  std::int64_t bytes = 0;  // acknowledged; of a stream the offset to go on from
  TimeMs touched_ms = 0;
  std::string client = {};  // who began it
};

struct Part {
  std::int64_t number = 0, size_bytes = 0;
  std::string sha256;
};

// A part as the client names it when it says that the upload is complete.
struct NamedPart {
  std::int64_t number = 0;
  std::string sha256;
};

struct Piece;  // pieces.h

struct StreamTerms {
  std::optional<std::int64_t> total_bytes = std::nullopt;
  std::string sha256 = {}, sha512 = {};
  std::string client = {};
};

// Thread-safe: all state is in the database and the store. Success means durable.
class Uploads final : public Duty {
 public:
  Uploads(sql::Db& db, blob::Store& blobs, const Clock& clock, Limits limits = {}) : db_(db), blobs_(blobs), clock_(clock), limits_(limits) {}

  // `exhausted` while too many are open: of all, or of this client, who leaves the last quarter to those who have few.
  Result<Upload> begin_parts(std::string_view key, std::int64_t parts, std::string_view client = "");
  Result<Upload> begin_stream(std::string_view key, const StreamTerms& terms);
  // `not_found` when there is none, or it was given up.
  Result<Upload> find(std::string_view id);

  // Parts may come side by side, in any order, and again: the last one counts.
  Result<Part> put_part(std::string_view id, std::int64_t number, ByteSource& source);
  // Joins all parts that were announced, in order. `invalid` where one is missing or another one than is named. May be asked again.
  Result<Upload> complete(std::string_view id, std::string_view key, std::vector<NamedPart> named);

  // Takes what comes until the source ends, keeping it in segments. A source that is `cancelled` leaves all that it gave; of one
  // that fails otherwise nothing stays. `conflict` when `offset` is not where the upload stands.
  Result<Upload> append(std::string_view id, std::int64_t offset, ByteSource& source);
  // The stream is whole: the file appears. May be asked again.
  Result<Upload> finish(std::string_view id);

  // Success, too, when there is none.
  Result<void> abort(std::string_view id);

  // Gives up uploads that were left alone, and removes pieces that belong to none.
  std::string_view name() const override { return "artifact-uploads"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  // Bytes of those that are open, by the key of the file that each becomes.
  Result<std::map<std::string, std::int64_t, std::less<>>> open_bytes();

  Result<Figures> figures();
  Result<Findings> verify();

 private:
  Result<Upload> begin(Upload upload);
  Result<Upload> open_one(std::string_view id, Upload::Kind kind);
  Result<void> check_room();
  Result<Part> keep_part(const Upload& upload, const Part& part, const std::string& key);
  Result<std::int64_t> keep_segment(const Upload& upload, std::int64_t offset, ByteSource& source);
  Result<void> join_small_end(const Upload& upload);
  Result<void> rewind(const Upload& upload, std::int64_t offset);
  Result<Upload> close_stream(std::string_view id);
  Result<Upload> join(const Upload& upload, std::vector<Piece> pieces);
  Result<Upload> mark_done(const Upload& upload);
  Result<void> forget(std::string_view id, TimeMs untouched_since_ms);
  Result<void> remove_pieces(std::string_view id);
  Result<void> sweep(TimeMs now_ms);

  sql::Db& db_;
  blob::Store& blobs_;
  const Clock& clock_;
  const Limits limits_;
  std::optional<TimeMs> swept_ms_;  // the duty's thread alone
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::artifacts
