// A stream that is taken up where it was cut.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "artifacts/rows.h"
#include "base/digest.h"

namespace gyre::artifacts {
namespace {

std::unexpected<Error> stands_elsewhere(std::int64_t offset, std::int64_t stands_at) {
  return fail(Code::conflict, fmt::format("the upload stands at byte {}, and not at {}", stands_at, offset), {}, "ask for its offset and go on from there");
}

// Another one has gone on from there, or has said that the upload is complete.
std::unexpected<Error> goes_on_nowhere(const Upload& upload, std::int64_t offset) {
  if (upload.bytes != offset) return stands_elsewhere(offset, upload.bytes);
  return fail(Code::conflict, fmt::format("the upload '{}' is complete", upload.id));
}

struct Count {
  std::int64_t n;
};

Result<void> check_pieces(sql::Tx& tx, std::string_view id, std::int64_t most) {
  const auto count = TRY(tx.select<Count>("SELECT COUNT(*) FROM artifact_upload_parts WHERE upload_id = $1", id)).front().n;
  if (count < most) return {};
  return fail(Code::invalid, fmt::format("the upload '{}' has {} pieces, and takes no more", id, most), {},
              "begin it again and send more at once: all that is left, or 64 MiB at least");
}

constexpr std::int64_t kJoinedAtOnce = 32;

// Of the last pieces, the last first, those that become one.
void keep_joinable(std::vector<Piece>& end, std::int64_t most_bytes) {
  std::int64_t bytes = 0;
  const auto stays = std::ranges::find_if(end, [&](const Piece& piece) {
    if (bytes > 0 && (piece.size_bytes > 2 * bytes || bytes + piece.size_bytes > most_bytes)) return true;
    bytes += piece.size_bytes;
    return false;
  });
  end.erase(stays, end.end());
}

std::unexpected<Error> joined_elsewhere() { return fail(Code::cancelled, "the end of the upload is no longer what it was"); }

}  // namespace

Result<Upload> Uploads::append(std::string_view id, std::int64_t offset, ByteSource& source) {
  auto upload = TRY(open_one(id, Upload::Kind::stream));
  if (offset != upload.bytes) return stands_elsewhere(offset, upload.bytes);
  TRY(join_small_end(upload));
  const auto most = upload.total_bytes.value_or(kMaxFileBytes) - offset;
  BoundedSource bounded(source, most, "the rest of this upload");
  for (bool over = false; !over;) {
    TRY(check_room());
    SegmentSource segment(bounded, limits_.segment_bytes, limits_.segment_ms);
    const auto kept = keep_segment(upload, upload.bytes, segment);
    if (!kept) {
      if (kept.error().code == Code::invalid) TRY(rewind(upload, offset));
      return std::unexpected(kept.error());
    }
    upload.bytes += *kept;
    if (segment.trouble()) return std::unexpected(*segment.trouble());
    over = segment.is_last();
  }
  return upload;
}

// Many small requests leave few pieces. The end of the stream becomes one piece as far back as each piece is at most twice what follows
// it: so a byte is written again a logarithm of times, and of pieces that fit into one only a logarithm stays. What is acknowledged is
// the same before and after, so the offset stands; an upload that may end now is left alone, since its pieces may be read.
Result<void> Uploads::join_small_end(const Upload& upload) {
  auto end = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<Piece>("SELECT number, key, size_bytes, sha256 FROM artifact_upload_parts WHERE upload_id = $1 ORDER BY number DESC LIMIT $2", upload.id,
                            kJoinedAtOnce);
  }));
  keep_joinable(end, std::min(limits_.small_bytes, limits_.segment_bytes));
  if (end.size() < 2) return {};
  std::ranges::reverse(end);
  const auto key = piece_key(upload.id, end.front().number);
  JoinedSource joined(blobs_, end);
  HashedSource hashed(joined);
  const auto size = blobs_.put(key, hashed);
  if (!size) {  // a request beside this one may have joined them; the pieces are as good as one
    (void)blobs_.remove(key);
    return {};
  }
  const auto done = db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("UPDATE artifact_uploads SET touched_ms = $1 WHERE id = $2 AND state = 'open' AND bytes = $3 AND (total_bytes IS NULL OR total_bytes > bytes)",
                clock_.now_ms(), upload.id, upload.bytes));
    if (tx.changed_rows() == 0) return joined_elsewhere();
    for (const auto& piece : std::span(end).subspan(1)) {
      TRY(tx.exec("DELETE FROM artifact_upload_parts WHERE upload_id = $1 AND key = $2", upload.id, piece.key));
      if (tx.changed_rows() == 0) return joined_elsewhere();
    }
    TRY(tx.exec("UPDATE artifact_upload_parts SET key = $1, size_bytes = $2, sha256 = $3 WHERE upload_id = $4 AND key = $5", key, *size, hashed.finish_hex(),
                upload.id, end.front().key));
    return tx.changed_rows() == 0 ? Result<void>(joined_elsewhere()) : Result<void>();
  });
  if (!done && done.error().code == Code::cancelled) {
    (void)blobs_.remove(key);
    return {};
  }
  if (!done) return {};                                          // it may have happened: nothing is removed
  for (const auto& piece : end) (void)blobs_.remove(piece.key);  // what stays behind goes with its upload
  return {};
}

// Of two who go on from the same place, one has the row and the other a conflict.
Result<std::int64_t> Uploads::keep_segment(const Upload& upload, std::int64_t offset, ByteSource& source) {
  const auto key = piece_key(upload.id, offset);
  HashedSource hashed(source);
  const auto size = TRY(blobs_.put(key, hashed));
  const auto kept = size == 0 ? Result<void>() : db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(
        tx.exec("UPDATE artifact_uploads SET bytes = bytes + $1, touched_ms = $2 WHERE id = $3 AND state = 'open' AND bytes = $4 AND "
                "(total_bytes IS NULL OR bytes + $1 <= total_bytes)",
                size, clock_.now_ms(), upload.id, offset));
    if (tx.changed_rows() == 0) return goes_on_nowhere(TRY(find_upload(tx, upload.id)), offset);
    TRY(check_pieces(tx, upload.id, limits_.pieces));
    return tx.exec("INSERT INTO artifact_upload_parts (upload_id, number, key, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5)", upload.id, offset, key, size,
                   hashed.finish_hex());
  });
  if (!kept || size == 0) (void)blobs_.remove(key);  // what stays behind goes with its upload
  TRY(kept);
  return size;
}

// What was sent is not what was announced: the upload stands again where this request began.
Result<void> Uploads::rewind(const Upload& upload, std::int64_t offset) {
  if (upload.bytes == offset) return {};
  const auto taken_back = TRY(db_.write([&](sql::Tx& tx) -> Result<std::vector<Piece>> {
    TRY(tx.exec("UPDATE artifact_uploads SET bytes = $1 WHERE id = $2 AND state = 'open' AND bytes = $3", offset, upload.id, upload.bytes));
    if (tx.changed_rows() == 0) return std::vector<Piece>();
    auto pieces = TRY(pieces_of(tx, upload.id));
    std::erase_if(pieces, [&](const Piece& piece) { return piece.number < offset; });
    TRY(tx.exec("DELETE FROM artifact_upload_parts WHERE upload_id = $1 AND number >= $2", upload.id, offset));
    return pieces;
  }));
  for (const auto& piece : taken_back) (void)blobs_.remove(piece.key);
  return {};
}

Result<Upload> Uploads::finish(std::string_view id) {
  const auto upload = TRY(close_stream(id));
  if (upload.kind != Upload::Kind::stream)
    return fail(Code::invalid, fmt::format("the upload '{}' takes parts, and no stream", id), {}, "complete it with its parts");
  if (upload.state == Upload::State::done) return upload;
  if (upload.total_bytes && *upload.total_bytes != upload.bytes)
    return fail(Code::invalid, fmt::format("the upload was to have {} bytes, and has {}", *upload.total_bytes, upload.bytes), {},
                "send the rest, then say that it is complete");
  return join(upload, TRY(db_.read([&](sql::Tx& tx) { return pieces_of(tx, id); })));
}

// From here on it has its length: who would go on while its pieces are joined is refused, for these bytes would be acknowledged and lost.
Result<Upload> Uploads::close_stream(std::string_view id) {
  return db_.write([&](sql::Tx& tx) -> Result<Upload> {
    TRY(tx.exec("UPDATE artifact_uploads SET total_bytes = bytes WHERE id = $1 AND kind = 'stream' AND state = 'open' AND total_bytes IS NULL", id));
    return find_upload(tx, id);
  });
}

}  // namespace gyre::artifacts
