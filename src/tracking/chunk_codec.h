// Points as few bytes, and back bit for bit. Inside tracking/ only.
//
// Three columns, then zstd over them with its checksum. Steps and times are differences of differences, so that an even pace is
// all zeros (Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015). Values take the smallest of
// three forms:
//
//   decimal    value = n / 10^e exactly: the whole numbers n as differences (Afroozeh et al., "ALP: Adaptive Lossless
//              floating-Point Compression", SIGMOD 2024)
//   xor        each value's bits xor those of the one before it (Gorilla; Liakos et al., "Chimp", VLDB 2022)
//   distance   how many doubles lie between a value and the one before it: steady curves, and floats kept as doubles
//
// The words of the last two are transposed, all first bytes, then all second ones, and planes that are all zero are left out
// (Masui et al., "Bitshuffle", 2015; Parquet's BYTE_STREAM_SPLIT).
//
// Where a step has a fraction, fractions are a fourth column in the form of values, and the format is another; whole steps cost nothing.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "tracking/point.h"

namespace gyre::tracking {

constexpr std::size_t kMaxChunkPoints = 1024;

// What is sealed into one. A border of a bucket cuts a chunk, which is unpacked for it: of a curve of ten million points drawn on
// 2,000 pixels chunks of half the size halve that work, and cost a tenth of a byte a point.
constexpr std::size_t kSealedChunkPoints = 512;

// At most kMaxChunkPoints, in the order in which they come back.
std::string encode_chunk(std::span<const Point> points);

// Appends to `out`. `internal` where the bytes are damaged.
Result<void> decode_chunk(std::string_view bytes, Points& out);

}  // namespace gyre::tracking
