// The pieces of an upload as objects, and as the one file that they are together.
#pragma once

#include "storage/blob/store.h"

namespace gyre::artifacts {

constexpr std::string_view kPiecesPrefix = "uploads/";

std::string pieces_prefix(std::string_view upload_id);  // "uploads/<id>/"
// A new key for each attempt, so that one that fails or comes late harms none that stands.
std::string piece_key(std::string_view upload_id, std::int64_t number);

struct Piece {
  std::int64_t number = 0;
  std::string key;
  std::int64_t size_bytes = 0;
  std::string sha256;
};

// Pieces one after the other.
class JoinedSource final : public ByteSource {
 public:
  JoinedSource(blob::Store& store, std::vector<Piece> pieces) : store_(store), pieces_(std::move(pieces)) {}
  Result<std::string_view> read(std::size_t most) override;

 private:
  Result<void> fetch();

  blob::Store& store_;
  const std::vector<Piece> pieces_;
  std::size_t piece_ = 0;
  std::int64_t at_ = 0;  // in that piece
  std::string block_;
  std::string_view rest_;
};

// What comes of a source until so much came or so long has passed. One that is `cancelled`, since its sender went away, ends it
// as a whole piece.
class SegmentSource final : public ByteSource {
 public:
  SegmentSource(ByteSource& source, std::int64_t most_bytes, std::int64_t most_ms);
  Result<std::string_view> read(std::size_t most) override;
  bool is_last() const { return is_last_; }  // the source has ended
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  ByteSource& source_;
  std::int64_t left_bytes_;
  const std::int64_t until_ns_;
  bool is_last_ = false;
  std::optional<Error> trouble_;
};

// Fails with `invalid` when more than so many bytes come.
class BoundedSource final : public ByteSource {
 public:
  BoundedSource(ByteSource& source, std::int64_t most_bytes, std::string_view of_what)
      : source_(source), left_(most_bytes), most_(most_bytes), of_what_(of_what) {}
  Result<std::string_view> read(std::size_t most) override;

 private:
  ByteSource& source_;
  std::int64_t left_;
  const std::int64_t most_;
  const std::string_view of_what_;
};

}  // namespace gyre::artifacts
