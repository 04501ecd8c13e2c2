#include "exchange/wandb_log.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "exchange/checksums.h"

namespace gyre::exchange {
namespace {

constexpr std::size_t kBlock = 32 << 10, kRecordHead = 7, kFileHead = 7;
constexpr std::uint16_t kMagic = 0xBEE1;
constexpr std::size_t kMaxRecord = 256 << 20;
enum Part : std::uint8_t { kNothing = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

struct Piece {
  std::uint8_t part = kNothing;
  std::string_view bytes;
};

template <class Number>
Number read(std::string_view file, std::size_t at) {
  Number number{};
  std::memcpy(&number, file.data() + at, sizeof number);
  return number;
}

// The piece at `at`, which moves behind it; nothing at the end, or where the piece is not whole.
std::optional<Piece> next_piece(std::string_view file, std::size_t& at) {
  const auto left = kBlock - at % kBlock;
  if (left < kRecordHead) at += left;
  if (at + kRecordHead > file.size()) return std::nullopt;
  const auto size = read<std::uint16_t>(file, at + 4);
  const auto part = static_cast<std::uint8_t>(file[at + 6]);
  const auto body = at + kRecordHead;
  if (body + size > file.size() || part < kFull || part > kLast) return std::nullopt;
  if (zlib_crc32(file.substr(at + 6, 1 + size)) != read<std::uint32_t>(file, at)) return std::nullopt;
  at = body + size;
  return Piece{part, file.substr(body, size)};
}

}  // namespace

Result<LogEnd> each_wandb_record(std::string_view file, const std::function<Result<void>(std::string_view record)>& on_record) {
  if (file.size() < kFileHead || !file.starts_with(kWandbHead) || read<std::uint16_t>(file, 4) != kMagic)
    return fail(Code::invalid, "this is no file of a W&B run: its first bytes are others");
  if (file[6] != 0) return fail(Code::invalid, "this file of a W&B run is of a version that is not known here");
  LogEnd end{kFileHead, false};
  std::string whole;
  bool open = false;
  for (std::size_t at = kFileHead; const auto piece = next_piece(file, at);) {
    const bool begins = piece->part == kFull || piece->part == kFirst;
    if (begins == open || whole.size() + piece->bytes.size() > kMaxRecord) break;
    if (begins) whole.clear();
    whole += piece->bytes;
    open = piece->part == kFirst || piece->part == kMiddle;
    if (open) continue;
    TRY(on_record(whole));
    end.bytes = at;
  }
  end.torn = std::ranges::any_of(file.substr(end.bytes), [](char c) { return c != 0; });
  return end;
}

}  // namespace gyre::exchange
