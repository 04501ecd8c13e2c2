#include "tracking/chunk_codec.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "base/packed.h"
#include "tracking/value_codec.h"

namespace gyre::tracking {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr int kLevel = 3;                                       // of zstd: beyond it a chunk of this size hardly shrinks
constexpr std::size_t kMaxColumnsBytes = kMaxChunkPoints * 40;  // of the three columns, before zstd

std::unexpected<Error> damaged(std::string_view why) {
  return fail(Code::internal, "a chunk of a curve is damaged", std::string(why), "restore the database from a backup");
}

// Differences of differences; wrapping, so that any two numbers have one.
void pack_integers(Packer& packer, std::span<const Point> points, std::int64_t Point::* column) {
  std::uint64_t last = 0, step = 0;
  for (const auto& point : points) {
    const auto now = static_cast<std::uint64_t>(point.*column);
    packer.count(static_cast<std::int64_t>(zigzag((now - last) - step)));
    step = now - last;
    last = now;
  }
}

void unpack_integers(Unpacker& unpacker, std::span<Point> points, std::int64_t Point::* column) {
  std::uint64_t last = 0, step = 0;
  for (auto& point : points) {
    step += unzigzag(static_cast<std::uint64_t>(unpacker.count()));
    last += step;
    point.*column = static_cast<std::int64_t>(last);
  }
}

ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, decltype([](ZSTD_CCtx* context) { ZSTD_freeCCtx(context); })> context(ZSTD_createCCtx());
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype([](ZSTD_DCtx* context) { ZSTD_freeDCtx(context); })> context(ZSTD_createDCtx());
  return context.get();
}

}  // namespace

std::string encode_chunk(std::span<const Point> points) {
  std::string columns;
  Packer packer(columns);
  pack_integers(packer, points, &Point::step);
  pack_integers(packer, points, &Point::at_ms);
  pack_values(packer, points);

  std::string chunk;
  Packer head(chunk);
  head.number(kFormat);
  head.number(static_cast<std::uint16_t>(points.size()));
  const auto start = chunk.size();
  chunk.resize(start + ZSTD_compressBound(columns.size()));
  chunk.resize(start + ZSTD_compress2(compressor(), chunk.data() + start, chunk.size() - start, columns.data(), columns.size()));
  return chunk;
}

Result<void> decode_chunk(std::string_view bytes, Points& out) {
  Unpacker head(bytes);
  const auto format = head.number<std::uint8_t>();
  const auto count = head.number<std::uint16_t>();
  if (!head.good || count == 0 || count > kMaxChunkPoints) return damaged("its head makes no sense");
  if (format != kFormat) return damaged(fmt::format("its format is {}", format));
  bytes.remove_prefix(sizeof format + sizeof count);
  thread_local std::string columns(kMaxColumnsBytes, '\0');
  const auto size = ZSTD_decompressDCtx(decompressor(), columns.data(), columns.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size)) return damaged(ZSTD_getErrorName(size));

  const auto start = out.size();
  out.resize(start + count);
  const auto points = std::span(out).subspan(start);
  Unpacker unpacker(std::string_view(columns).substr(0, size));
  unpack_integers(unpacker, points, &Point::step);
  unpack_integers(unpacker, points, &Point::at_ms);
  if (unpack_values(unpacker, points) && unpacker.good) return {};
  out.resize(start);
  return damaged("its columns end too early");
}

}  // namespace gyre::tracking
