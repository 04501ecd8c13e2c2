#include "tracking/console_codec.h"

#include <zstd.h>

#include <memory>

#include "base/packed.h"

namespace gyre::tracking {
namespace {

constexpr int kLevel = 3;
constexpr unsigned long long kMaxUnpressedBytes = 256 << 20;

using Compressor = std::unique_ptr<ZSTD_CCtx, decltype([](ZSTD_CCtx* context) { ZSTD_freeCCtx(context); })>;

std::unexpected<Error> damaged(std::string_view why) { return fail(Code::internal, "a piece of a console is damaged", std::string(why)); }

}  // namespace

std::string pack_pieces(std::span<const ConsolePiece> pieces) {
  std::string bytes;
  Packer packer(bytes);
  for (const auto& piece : pieces) {
    packer.number(piece.at_ms);
    packer.number(static_cast<std::uint8_t>(piece.is_error));
    packer.text(piece.text);
  }
  return bytes;
}

Result<void> each_piece(std::string_view packed, const std::function<bool(TimeMs, bool, std::string_view)>& each) {
  constexpr std::size_t kHead = sizeof(TimeMs) + 1 + sizeof(std::uint32_t);
  while (!packed.empty()) {
    Unpacker unpacker(packed);
    const auto at_ms = unpacker.number<TimeMs>();
    const auto is_error = unpacker.number<std::uint8_t>() != 0;
    const auto size = unpacker.number<std::uint32_t>();
    const auto text = unpacker.raw(size);
    if (!unpacker.good) return damaged("it is cut");
    if (!each(at_ms, is_error, text)) return {};
    packed.remove_prefix(kHead + size);
  }
  return {};
}

std::string press(std::string_view packed) {
  const Compressor context(ZSTD_createCCtx());
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string pressed(ZSTD_compressBound(packed.size()), '\0');
  pressed.resize(ZSTD_compress2(context.get(), pressed.data(), pressed.size(), packed.data(), packed.size()));
  return pressed;
}

Result<std::string> unpress(std::string_view pressed) {
  const auto size = ZSTD_getFrameContentSize(pressed.data(), pressed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kMaxUnpressedBytes) return damaged("it is no frame of zstd");
  std::string packed(size, '\0');
  const auto got = ZSTD_decompress(packed.data(), packed.size(), pressed.data(), pressed.size());
  if (ZSTD_isError(got)) return damaged(ZSTD_getErrorName(got));
  packed.resize(got);
  return packed;
}

}  // namespace gyre::tracking
