// A stream that is taken up where it was cut.
#include <fmt/format.h>

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

}  // namespace

Result<Upload> Uploads::append(std::string_view id, std::int64_t offset, ByteSource& source) {
  auto upload = TRY(open_one(id, "stream"));
  if (offset != upload.bytes) return stands_elsewhere(offset, upload.bytes);
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
