// Parts that come in any order.
#include <fmt/format.h>

#include <algorithm>

#include "artifacts/rows.h"
#include "base/digest.h"

namespace gyre::artifacts {
namespace {

struct Key {
  std::string key;
  std::int64_t size_bytes;
};

Result<void> check_named(const Upload& upload, const std::vector<NamedPart>& named, const std::vector<Piece>& pieces) {
  if (std::ssize(named) != upload.parts)
    return fail(Code::invalid, fmt::format("the upload has {} parts, but {} are named", upload.parts, named.size()), {}, "name each part once");
  auto piece = pieces.begin();
  for (std::int64_t number = 1; number <= upload.parts; ++number) {
    const auto& one = named[static_cast<std::size_t>(number - 1)];
    if (one.number != number)
      return fail(Code::invalid, fmt::format("part {} is named where part {} is expected: each part once, in order", one.number, number));
    if (piece == pieces.end() || piece->number != number)
      return fail(Code::invalid, fmt::format("part {} has not been uploaded", number), {}, "upload it, then complete again");
    if (piece->sha256 != one.sha256)
      return fail(Code::invalid, fmt::format("part {} has another ETag than the one that is named: \"{}\", not \"{:.80}\"", number, piece->sha256, one.sha256),
                  {}, "upload it again, then complete with the ETag of that answer");
    ++piece;
  }
  return {};
}

}  // namespace

Result<Part> Uploads::put_part(std::string_view id, std::int64_t number, ByteSource& source) {
  const auto upload = TRY(open_one(id, Upload::Kind::parts));
  if (number < 1 || number > upload.parts) return fail(Code::invalid, fmt::format("the upload has the parts 1 to {}, and no {}", upload.parts, number));
  TRY(check_room());
  BoundedSource bounded(source, kMaxPartBytes, "a part");
  HashedSource hashed(bounded);
  const auto key = piece_key(id, number);
  TRY(blobs_.put(key, hashed));
  auto kept = keep_part(upload, {number, hashed.size_bytes(), hashed.finish_hex()}, key);
  if (!kept) (void)blobs_.remove(key);  // what stays behind goes with its upload
  return kept;
}

// The upload's row is written first, so that parts that come side by side take turns.
Result<Part> Uploads::keep_part(const Upload& upload, const Part& part, const std::string& key) {
  const auto replaced = TRY(db_.write([&](sql::Tx& tx) -> Result<std::string> {
    TRY(tx.exec("UPDATE artifact_uploads SET bytes = bytes + $1, touched_ms = $2 WHERE id = $3 AND state = 'open'", part.size_bytes, clock_.now_ms(),
                upload.id));
    if (tx.changed_rows() == 0) return fail(Code::not_found, fmt::format("the upload '{}' has ended while its part {} came", upload.id, part.number));
    const auto old = TRY(tx.select_one<Key>("SELECT key, size_bytes FROM artifact_upload_parts WHERE upload_id = $1 AND number = $2", upload.id, part.number));
    if (old) TRY(tx.exec("UPDATE artifact_uploads SET bytes = bytes - $1 WHERE id = $2", old->size_bytes, upload.id));
    TRY(
        tx.exec("INSERT INTO artifact_upload_parts (upload_id, number, key, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5) "
                "ON CONFLICT (upload_id, number) DO UPDATE SET key = excluded.key, size_bytes = excluded.size_bytes, sha256 = excluded.sha256",
                upload.id, part.number, key, part.size_bytes, part.sha256));
    return old ? old->key : std::string();
  }));
  if (!replaced.empty()) (void)blobs_.remove(replaced);
  return part;
}

Result<Upload> Uploads::complete(std::string_view id, std::string_view key, std::vector<NamedPart> named) {
  const auto upload = TRY(find(id));
  if (upload.key != key || upload.kind != Upload::Kind::parts) return fail(Code::not_found, fmt::format("there is no upload '{:.80}' of this file", id));
  if (upload.state == Upload::State::done) return upload;
  std::ranges::sort(named, {}, &NamedPart::number);
  auto pieces = TRY(db_.read([&](sql::Tx& tx) { return pieces_of(tx, id); }));
  TRY(check_named(upload, named, pieces));
  return join(upload, std::move(pieces));  // those that were named, although another one may come meanwhile
}

}  // namespace gyre::artifacts
