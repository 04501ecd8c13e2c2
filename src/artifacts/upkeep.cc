// What was left alone is given up; what nothing refers to is removed; what should be there is checked.
#include <fmt/format.h>

#include <set>

#include "artifacts/rows.h"

namespace gyre::artifacts {
namespace {

constexpr std::int64_t kBatch = 100;
constexpr TimeMs kSweepEachMs = kDayMs;

struct Id {
  std::string id;
};
struct Oldest {
  std::optional<std::int64_t> touched_ms;
};
struct Open {
  std::int64_t uploads, bytes;
};

}  // namespace

Result<DutyState> Uploads::run_due(TimeMs now_ms) {
  DutyState state;
  const auto since_ms = now_ms - limits_.abandoned_after_ms;
  const auto left_alone = TRY(db_.read(
      [&](sql::Tx& tx) { return tx.select<Id>("SELECT id FROM artifact_uploads WHERE touched_ms <= $1 ORDER BY touched_ms LIMIT $2", since_ms, kBatch); }));
  for (const auto& upload : left_alone) TRY(forget(upload.id, since_ms));
  state.worked = !left_alone.empty();
  if (!swept_ms_ || now_ms - *swept_ms_ >= kSweepEachMs) {
    TRY(sweep(now_ms));
    swept_ms_ = now_ms;
  }
  const auto oldest = TRY(db_.read([](sql::Tx& tx) { return tx.select<Oldest>("SELECT MIN(touched_ms) FROM artifact_uploads"); })).front();
  if (oldest.touched_ms) state.due_at(*oldest.touched_ms + limits_.abandoned_after_ms);
  state.due_at(*swept_ms_ + kSweepEachMs);
  return state;
}

// A crash between the end of an upload and the removal of its pieces leaves them behind. Young ones may belong to one that ends now.
Result<void> Uploads::sweep(TimeMs now_ms) {
  for (std::string after;;) {
    const auto page = TRY(blobs_.list(kPiecesPrefix, after, blob::kMaxListed));
    if (page.empty()) return {};
    std::set<std::string> ids;
    for (const auto& object : page) {
      const auto rest = object.key.substr(kPiecesPrefix.size());
      if (object.modified_ms <= now_ms - limits_.abandoned_after_ms) ids.insert(rest.substr(0, rest.find('/')));
    }
    for (const auto& id : ids) {
      if (const auto upload = find(id); !upload && upload.error().code == Code::not_found) TRY(remove_pieces(id));
    }
    after = page.back().key;
  }
}

Result<Figures> Uploads::figures() {
  const auto open =
      TRY(db_.read([](sql::Tx& tx) { return tx.select<Open>("SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM artifact_uploads WHERE state = 'open'"); })).front();
  return Figures{figure("gyre_artifact_uploads_open", "Uploads in pieces that are not finished.", Figure::Kind::gauge, open.uploads),
                 figure("gyre_artifact_uploads_open_bytes", "Bytes of uploads that are not finished.", Figure::Kind::gauge, open.bytes)};
}

Result<Findings> Uploads::verify() {
  struct Row {
    std::string upload_id, key;
    std::int64_t number, size_bytes;
  };
  const auto pieces = TRY(
      db_.read([](sql::Tx& tx) { return tx.select<Row>("SELECT upload_id, key, number, size_bytes FROM artifact_upload_parts ORDER BY upload_id, number"); }));
  Findings findings;
  for (const auto& piece : pieces) {
    ++findings.checked;
    const auto object = blobs_.stat(piece.key);
    if (!object) {
      findings.problems.push_back(fmt::format("artifacts: piece {} of the upload {} is missing", piece.number, piece.upload_id));
    } else if (object->size_bytes != piece.size_bytes) {
      findings.problems.push_back(
          fmt::format("artifacts: piece {} of the upload {} has {} bytes instead of {}", piece.number, piece.upload_id, object->size_bytes, piece.size_bytes));
    }
  }
  return findings;
}

}  // namespace gyre::artifacts
