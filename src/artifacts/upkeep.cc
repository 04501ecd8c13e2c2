// What was left alone is given up; what nothing refers to is removed; what should be there is checked.
#include <fmt/format.h>

#include <set>

#include "artifacts/rows.h"

namespace gyre::artifacts {
namespace {

constexpr std::int64_t kGivenUpAtOnce = 100;    // of one call of run_due
constexpr std::int64_t kVerifiedAtOnce = 1000;  // pieces of one read
constexpr TimeMs kSweepEveryMs = kDayMs;

struct Id {
  std::string id;
};
struct Oldest {
  std::optional<std::int64_t> touched_ms;
};
struct PieceRow {
  std::string upload_id, key;
  std::int64_t number, size_bytes;
};

// The next ones behind the last that was read.
Result<std::vector<PieceRow>> next_pieces(sql::Tx& tx, const PieceRow& last) {
  return tx.select<PieceRow>(
      "SELECT upload_id, key, number, size_bytes FROM artifact_upload_parts WHERE upload_id > $1 OR (upload_id = $1 AND number > $2) "
      "ORDER BY upload_id, number LIMIT $3",
      last.upload_id, last.number, kVerifiedAtOnce);
}

void verify_piece(blob::Store& blobs, const PieceRow& piece, Findings& findings) {
  ++findings.checked;
  const auto object = blobs.stat(piece.key);
  if (!object) {
    findings.problems.push_back(fmt::format("artifacts: piece {} of the upload {} is missing", piece.number, piece.upload_id));
  } else if (object->size_bytes != piece.size_bytes) {
    findings.problems.push_back(
        fmt::format("artifacts: piece {} of the upload {} has {} bytes instead of {}", piece.number, piece.upload_id, object->size_bytes, piece.size_bytes));
  }
}

}  // namespace

Result<DutyState> Uploads::run_due(TimeMs now_ms) {
  DutyState state;
  const auto since_ms = now_ms - limits_.abandoned_after_ms;
  const auto left_alone = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<Id>("SELECT id FROM artifact_uploads WHERE touched_ms <= $1 ORDER BY touched_ms LIMIT $2", since_ms, kGivenUpAtOnce);
  }));
  for (const auto& upload : left_alone) TRY(forget(upload.id, since_ms));
  state.worked = !left_alone.empty();
  if (!swept_ms_ || now_ms - *swept_ms_ >= kSweepEveryMs) {
    TRY(sweep(now_ms));
    swept_ms_ = now_ms;
  }
  const auto oldest = TRY(db_.read([](sql::Tx& tx) { return tx.select<Oldest>("SELECT MIN(touched_ms) FROM artifact_uploads"); })).front();
  if (oldest.touched_ms) state.due_at(*oldest.touched_ms + limits_.abandoned_after_ms);
  state.due_at(*swept_ms_ + kSweepEveryMs);
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

Result<std::map<std::string, std::int64_t, std::less<>>> Uploads::open_bytes() {
  struct Open {
    std::string key;
    std::int64_t bytes;
  };
  std::map<std::string, std::int64_t, std::less<>> all;
  for (const auto& [key, bytes] : TRY(db_.read([](sql::Tx& tx) { return tx.select<Open>("SELECT key, bytes FROM artifact_uploads WHERE state = 'open'"); })))
    all[key] += bytes;
  return all;
}

Result<Figures> Uploads::figures() {
  const auto open = TRY(db_.read(count_open));
  return Figures{figure("gyre_artifact_uploads_open", "Uploads in pieces that are not finished.", Figure::Kind::gauge, open.uploads),
                 figure("gyre_artifact_uploads_open_bytes", "Bytes of uploads that are not finished.", Figure::Kind::gauge, open.bytes)};
}

Result<Findings> Uploads::verify() {
  Findings findings;
  for (PieceRow last{};;) {
    auto page = TRY(db_.read([&](sql::Tx& tx) { return next_pieces(tx, last); }));
    if (page.empty()) return findings;
    for (const auto& piece : page) verify_piece(blobs_, piece, findings);
    last = std::move(page.back());
  }
}

}  // namespace gyre::artifacts
