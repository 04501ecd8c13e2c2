#include "artifacts/pieces.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/id.h"

namespace gyre::artifacts {
namespace {

constexpr std::int64_t kJoinBlockBytes = 1 << 20;

}  // namespace

std::string pieces_prefix(std::string_view upload_id) { return fmt::format("{}{}/", kPiecesPrefix, upload_id); }

std::string piece_key(std::string_view upload_id, std::int64_t number) { return fmt::format("{}{:016}-{}", pieces_prefix(upload_id), number, make_hex_id()); }

Result<std::string_view> JoinedSource::read(std::size_t most) {
  if (rest_.empty()) TRY(fetch());
  const auto block = rest_.substr(0, most);
  rest_.remove_prefix(block.size());
  return block;
}

Result<void> JoinedSource::fetch() {
  while (piece_ < pieces_.size() && at_ == pieces_[piece_].size_bytes) ++piece_, at_ = 0;
  if (piece_ == pieces_.size()) return {};
  const auto& piece = pieces_[piece_];
  const auto wanted = std::min(kJoinBlockBytes, piece.size_bytes - at_);
  StringSink sink;
  sink.text = std::move(block_);
  sink.text.clear();
  TRY(store_.get(piece.key, {at_, wanted}, sink));
  block_ = std::move(sink.text);
  if (std::ssize(block_) != wanted)
    return fail(Code::internal, fmt::format("piece {} of the upload is shorter than it was when it was taken", piece.number), piece.key,
                "upload the file again");
  at_ += wanted;
  rest_ = block_;
  return {};
}

SegmentSource::SegmentSource(ByteSource& source, std::int64_t most_bytes, std::int64_t most_ms)
    : source_(source), left_bytes_(most_bytes), until_ns_(monotonic_ns() + most_ms * 1'000'000) {}

Result<std::string_view> SegmentSource::read(std::size_t most) {
  if (left_bytes_ == 0 || is_last_ || monotonic_ns() > until_ns_) return std::string_view();
  auto block = source_.read(std::min(most, static_cast<std::size_t>(left_bytes_)));
  if (!block && block.error().code != Code::cancelled) return block;
  if (!block) trouble_ = block.error();
  is_last_ = !block || block->empty();
  if (is_last_) return std::string_view();
  left_bytes_ -= std::ssize(*block);
  return *block;
}

Result<std::string_view> BoundedSource::read(std::size_t most) {
  const auto block = TRY(source_.read(most));
  left_ -= std::ssize(block);
  if (left_ < 0) return fail(Code::invalid, fmt::format("more than the {} bytes that {} may have", most_, of_what_));
  return block;
}

}  // namespace gyre::artifacts
