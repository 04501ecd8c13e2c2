#include "tracking/console_scan.h"

#include <algorithm>

#include "base/case.h"
#include "base/utf8.h"
#include "tracking/console_codec.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kPlacesARead = 500;

struct PlaceRow {
  std::int64_t at_offset, bytes;
  std::optional<std::string> body;
};

// The piece that holds the byte, and those behind it.
Result<std::vector<PlaceRow>> places_from(sql::Db& db, std::string_view run_id, std::int64_t offset) {
  return db.read([&](sql::Tx& tx) {
    return tx.select<PlaceRow>(
        "SELECT at_offset, bytes, body FROM run_console_pieces WHERE run_id = $1 AND at_offset + bytes > $2 AND at_offset >= "
        "COALESCE((SELECT MAX(at_offset) FROM run_console_pieces WHERE run_id = $1 AND at_offset <= $2), 0) ORDER BY at_offset LIMIT $3",
        run_id, offset, kPlacesARead);
  });
}

Result<std::string> packed_of(blob::Store& blobs, std::string_view run_id, const PlaceRow& place) {
  if (place.body) return *place.body;
  constexpr std::size_t kMaxPressedBytes = 64 << 20;
  StringSink pressed(kMaxPressedBytes);
  TRY(blobs.get(console_key(run_id, place.at_offset), {}, pressed));
  return unpress(pressed.text);
}

// Where a text is entered that does not begin a character.
std::size_t next_character(std::string_view text, std::size_t from) {
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
  return from;
}

}  // namespace

Result<Scanned> scan_console(sql::Db& db, blob::Store& blobs, std::string_view run_id, std::int64_t offset,
                             const std::function<bool(const ConsoleSpan&)>& each) {
  Scanned scanned{.next = offset};
  std::int64_t looked_at = 0;
  for (bool more = true; more;) {
    const auto places = TRY(places_from(db, run_id, scanned.next));
    if (places.empty()) scanned.is_complete = true;
    if (places.empty()) return scanned;
    for (const auto& place : places) {
      const auto packed = TRY(packed_of(blobs, run_id, place));
      auto at = place.at_offset;
      TRY(each_piece(packed, [&](TimeMs at_ms, bool is_error, std::string_view text) {
        const auto begin = at;
        at += std::ssize(text);
        if (at <= scanned.next) return true;
        const auto from = next_character(text, static_cast<std::size_t>(std::max(scanned.next - begin, std::int64_t{0})));
        more = each({begin + static_cast<std::int64_t>(from), at_ms, is_error, text.substr(from)});
        looked_at += std::ssize(text);
        if (more) scanned.next = at;
        more = more && looked_at < kMaxConsoleScan;
        return more;
      }));
      if (!more) return scanned;
    }
  }
  return scanned;
}

RowMaker::RowMaker(std::size_t limit, std::string needle) : limit_(limit), needle_(lower(needle)) {}

bool RowMaker::is_full() const { return rows_.size() >= limit_ || shown_bytes_ >= kMaxConsoleReply; }

bool RowMaker::add(const ConsoleSpan& span) {
  for (std::size_t from = 0; from < span.text.size();) {
    if (is_full()) return false;
    const auto newline = span.text.find('\n', from);
    const auto end = std::min(newline, span.text.size());
    if (open_ && open_->is_error != span.is_error) close(false);
    if (is_full()) return false;
    take(span, from, span.text.substr(from, end - from));
    from = end;
    if (newline == std::string_view::npos) break;
    ++open_->bytes;
    ++from;
    close(true);
  }
  return true;
}

void RowMaker::take(const ConsoleSpan& span, std::size_t from, std::string_view text) {
  if (!open_)
    open_ = ConsoleRow{.offset = span.offset + static_cast<std::int64_t>(from), .at_ms = span.at_ms, .is_error = span.is_error, .text = {}, .end = {}};
  open_->bytes += std::ssize(text);
  if (!needle_.empty()) look_for(text);
  const auto room = kMaxRowBytes - std::min(kMaxRowBytes, open_->text.size());
  if (text.size() <= room && open_->end.empty()) {
    open_->text += text;
    return;
  }
  auto cut = open_->end.empty() ? std::min(room, text.size()) : 0;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  open_->text += text.substr(0, cut);
  open_->end += text.substr(cut);
  if (open_->end.size() > kRowEndBytes) open_->end.erase(0, next_character(open_->end, open_->end.size() - kRowEndBytes));
}

void RowMaker::look_for(std::string_view text) {
  if (matches_) return;
  carried_ += lower(text);
  matches_ = carried_.contains(needle_);
  if (carried_.size() >= needle_.size()) carried_.erase(0, carried_.size() - needle_.size() + 1);
}

void RowMaker::close(bool with_newline) {
  next_ = open_->offset + open_->bytes;
  open_->is_open = !with_newline;
  if (open_->text.ends_with('\r') && open_->end.empty()) open_->text.pop_back();
  if (needle_.empty() || matches_) {
    shown_bytes_ += open_->text.size() + open_->end.size();
    rows_.push_back(std::move(*open_));
  }
  open_.reset();
  carried_.clear();
  matches_ = false;
}

void RowMaker::finish() {
  if (open_ && !is_full()) close(false);
}

}  // namespace gyre::tracking
