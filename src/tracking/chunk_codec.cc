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

enum class Format : std::uint8_t { whole = 1, fractions = 2 };  // of steps
constexpr int kLevel = 3;                                       // of zstd: beyond it a chunk of this size hardly shrinks
constexpr std::size_t kMaxColumnsBytes = kMaxChunkPoints * 40;  // of the columns, before zstd

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

void pack_fractions(Packer& packer, std::span<const Point> points) {
  Points column;
  for (const auto& point : points) column.push_back({.value = point.fraction});
  pack_values(packer, column);
}

bool unpack_fractions(Unpacker& unpacker, std::span<Point> points) {
  Points column(points.size());
  if (!unpack_values(unpacker, column)) return false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!is_fraction(points[i].fraction = column[i].value)) return false;
  }
  return true;
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
  const auto format = std::ranges::any_of(points, has_fraction) ? Format::fractions : Format::whole;
  if (format == Format::fractions) pack_fractions(packer, points);

  std::string chunk;
  Packer head(chunk);
  head.number(format);
  head.number(static_cast<std::uint16_t>(points.size()));
  const auto start = chunk.size();
  chunk.resize(start + ZSTD_compressBound(columns.size()));
  chunk.resize(start + ZSTD_compress2(compressor(), chunk.data() + start, chunk.size() - start, columns.data(), columns.size()));
  return chunk;
}

Result<void> decode_chunk(std::string_view bytes, Points& out) {
  Unpacker head(bytes);
  const auto format = head.number<Format>();
  const auto count = head.number<std::uint16_t>();
  if (!head.good || count == 0 || count > kMaxChunkPoints) return damaged("its head makes no sense");
  if (format != Format::whole && format != Format::fractions) return damaged(fmt::format("its format is {}", static_cast<int>(format)));
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
  const bool whole = unpack_values(unpacker, points) && (format == Format::whole || unpack_fractions(unpacker, points));
  if (whole && unpacker.good) return {};
  out.resize(start);
  return damaged("its columns end too early");
}

}  // namespace gyre::tracking
