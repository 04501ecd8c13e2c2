// An upload as a whole: begun, found, joined, given up.
#include "artifacts/uploads.h"

#include <fmt/format.h>

#include "artifacts/pieces.h"
#include "artifacts/rows.h"
#include "base/base64.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/share.h"

namespace gyre::artifacts {
namespace {

std::unexpected<Error> no_room(std::string_view what) {
  return fail(Code::exhausted, fmt::format("too many {} of unfinished uploads are kept", what), {},
              "finish or abort uploads, or wait until abandoned ones are given up");
}

struct Count {
  std::int64_t n;
};

Result<std::int64_t> count_open_of(sql::Tx& tx, std::string_view client) {
  return TRY(tx.select<Count>("SELECT COUNT(*) FROM artifact_uploads WHERE state = 'open' AND client = $1", client)).front().n;
}

}  // namespace

sql::Value to_value(Upload::Kind kind) { return sql::to_value(kind == Upload::Kind::parts ? "parts" : "stream"); }

void from_value(const sql::Value& value, Upload::Kind& kind) {
  std::string word;
  sql::from_value(value, word);
  kind = word == "parts" ? Upload::Kind::parts : Upload::Kind::stream;
}

void from_value(const sql::Value& value, Upload::State& state) {
  std::string word;
  sql::from_value(value, word);
  state = word == "open" ? Upload::State::open : Upload::State::done;
}

Result<Upload> find_upload(sql::Tx& tx, std::string_view id) {
  auto upload = TRY(tx.select_one<Upload>(
      "SELECT id, key, kind, parts, total_bytes, sha256, sha512, state, bytes, touched_ms, client FROM artifact_uploads WHERE id = $1", id));
  if (!upload) return fail(Code::not_found, fmt::format("there is no upload '{:.80}': it was aborted, or given up since nothing came for a day", id));
  return *std::move(upload);
}

Result<std::vector<Piece>> pieces_of(sql::Tx& tx, std::string_view id) {
  return tx.select<Piece>("SELECT number, key, size_bytes, sha256 FROM artifact_upload_parts WHERE upload_id = $1 ORDER BY number", id);
}

Result<OpenUploads> count_open(sql::Tx& tx) {
  return TRY(tx.select<OpenUploads>("SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM artifact_uploads WHERE state = 'open'")).front();
}

Result<Upload> Uploads::begin_parts(std::string_view key, std::int64_t parts, std::string_view client) {
  if (parts < 1 || parts > kMaxParts) return fail(Code::invalid, fmt::format("num_parts must be between 1 and {} (got {}).", kMaxParts, parts));
  return begin({.id = {},
                .key = std::string(key),
                .kind = Upload::Kind::parts,
                .parts = parts,
                .total_bytes = {},
                .sha256 = {},
                .sha512 = {},
                .client = std::string(client)});
}

Result<Upload> Uploads::begin_stream(std::string_view key, const StreamTerms& terms) {
  if (terms.total_bytes && (*terms.total_bytes < 0 || *terms.total_bytes > kMaxFileBytes))
    return fail(Code::invalid, fmt::format("a file has at most {} bytes", kMaxFileBytes));
  return begin({.id = {},
                .key = std::string(key),
                .kind = Upload::Kind::stream,
                .parts = 0,
                .total_bytes = terms.total_bytes,
                .sha256 = terms.sha256,
                .sha512 = terms.sha512,
                .client = terms.client});
}

Result<Upload> Uploads::begin(Upload upload) {
  TRY(blob::check_key(upload.key));
  upload.id = make_hex_id();
  upload.touched_ms = clock_.now_ms();
  return db_.write([&](sql::Tx& tx) -> Result<Upload> {
    const auto open = TRY(count_open(tx));
    if (open.uploads >= limits_.open_uploads) return no_room("files");
    if (!upload.client.empty() && !has_room(open.uploads, limits_.open_uploads, TRY(count_open_of(tx, upload.client)))) return no_room("files of this client");
    if (open.bytes >= limits_.open_bytes) return no_room("bytes");
    TRY(
        tx.exec("INSERT INTO artifact_uploads (id, key, kind, parts, total_bytes, sha256, sha512, state, bytes, touched_ms, client) VALUES ($1, $2, $3, $4, "
                "$5, $6, $7, "
                "'open', 0, $8, $9)",
                upload.id, upload.key, upload.kind, upload.parts, upload.total_bytes, upload.sha256, upload.sha512, upload.touched_ms, upload.client));
    return upload;
  });
}

Result<Upload> Uploads::find(std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return find_upload(tx, id); });
}

Result<Upload> Uploads::open_one(std::string_view id, Upload::Kind kind) {
  auto upload = TRY(find(id));
  if (upload.kind != kind)
    return fail(Code::invalid,
                fmt::format("the upload '{}' takes {}", id, upload.kind == Upload::Kind::parts ? "parts, and no stream" : "a stream, and no parts"), {},
                "go on as the upload was begun, or begin another");
  if (upload.state == Upload::State::done) return fail(Code::conflict, fmt::format("the upload '{}' is complete", id), {}, "begin another to replace the file");
  return upload;
}

Result<void> Uploads::check_room() {
  const auto open = TRY(db_.read(count_open));
  return open.bytes < limits_.open_bytes ? Result<void>() : no_room("bytes");
}

// The store makes the file appear at once and whole, or not at all. What was joined twice is the same file twice.
Result<Upload> Uploads::join(const Upload& upload, std::vector<Piece> pieces) {
  JoinedSource joined(blobs_, std::move(pieces));
  std::vector<AnnouncedDigest> announced;
  if (!upload.sha256.empty()) announced.push_back({DigestKind::sha256, from_hex(upload.sha256).value_or(""), "Repr-Digest"});
  if (!upload.sha512.empty()) announced.push_back({DigestKind::sha512, from_hex(upload.sha512).value_or(""), "Repr-Digest"});
  CheckedSource checked(joined, std::move(announced));
  if (const auto put = blobs_.put(upload.key, checked); !put) {
    if (put.error().code == Code::invalid) TRY(abort(upload.id));  // its bytes are not those that were meant
    return std::unexpected(put.error());
  }
  return mark_done(upload);
}

Result<Upload> Uploads::mark_done(const Upload& upload) {
  auto done = TRY(db_.write([&](sql::Tx& tx) -> Result<Upload> {
    TRY(tx.exec("UPDATE artifact_uploads SET state = 'done', touched_ms = $1 WHERE id = $2", clock_.now_ms(), upload.id));
    TRY(tx.exec("DELETE FROM artifact_upload_parts WHERE upload_id = $1", upload.id));
    return find_upload(tx, upload.id);
  }));
  TRY(remove_pieces(upload.id));
  return done;
}

Result<void> Uploads::abort(std::string_view id) { return forget(id, INT64_MAX); }

Result<void> Uploads::forget(std::string_view id, TimeMs untouched_since_ms) {
  const bool gone = TRY(db_.write([&](sql::Tx& tx) -> Result<bool> {
    TRY(tx.exec("DELETE FROM artifact_uploads WHERE id = $1 AND touched_ms <= $2", id, untouched_since_ms));
    return tx.changed_rows() > 0;
  }));
  return gone ? remove_pieces(id) : Result<void>();
}

Result<void> Uploads::remove_pieces(std::string_view id) {
  const auto prefix = pieces_prefix(id);
  for (auto page = TRY(blobs_.list(prefix, "", blob::kMaxListed)); !page.empty(); page = TRY(blobs_.list(prefix, "", blob::kMaxListed))) {
    for (const auto& object : page) TRY(blobs_.remove(object.key));
  }
  return {};
}

}  // namespace gyre::artifacts
