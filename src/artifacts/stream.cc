// A stream that is taken up where it was cut.
#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

Result<Upload> Uploads::append(std::string_view id, std::int64_t offset, ByteSource& source) {
  auto upload = TRY(open_one(id, "stream"));
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

// Many small requests leave few pieces: the last two become one where both are small. What is acknowledged is the same before and
// after, so the offset stands; an upload that may end now is left alone, since its pieces may be read.
Result<void> Uploads::join_small_end(const Upload& upload) {
  auto end = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<Piece>("SELECT number, key, size_bytes, sha256 FROM artifact_upload_parts WHERE upload_id = $1 ORDER BY number DESC LIMIT 2", upload.id);
  }));
  if (end.size() < 2 || end[0].size_bytes + end[1].size_bytes > std::min(limits_.small_bytes, limits_.segment_bytes)) return {};
  const auto last = end[0], before = end[1];
  const auto key = piece_key(upload.id, before.number);
  JoinedSource both(blobs_, {before, last});
  HashedSource hashed(both);
  const auto size = TRY(blobs_.put(key, hashed));
  const bool done = TRY(db_.write([&](sql::Tx& tx) -> Result<bool> {
    TRY(tx.exec("UPDATE artifact_uploads SET touched_ms = $1 WHERE id = $2 AND state = 'open' AND bytes = $3 AND (total_bytes IS NULL OR total_bytes > bytes)",
                clock_.now_ms(), upload.id, upload.bytes));
    if (tx.changed_rows() == 0) return false;
    TRY(tx.exec("DELETE FROM artifact_upload_parts WHERE upload_id = $1 AND key = $2", upload.id, last.key));
    if (tx.changed_rows() == 0) return false;
    TRY(tx.exec("UPDATE artifact_upload_parts SET key = $1, size_bytes = $2, sha256 = $3 WHERE upload_id = $4 AND key = $5", key, size, hashed.finish_hex(),
                upload.id, before.key));
    return true;
  }));
  if (!done) return blobs_.remove(key);
  (void)blobs_.remove(last.key);  // what stays behind goes with its upload
  (void)blobs_.remove(before.key);
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
  if (upload.kind != "stream") return fail(Code::invalid, fmt::format("the upload '{}' takes parts, and no stream", id), {}, "complete it with its parts");
  if (upload.state == "done") return upload;
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
