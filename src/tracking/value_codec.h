// The column of values in a chunk: the forms that chunk_codec.h names. Inside tracking/ only.
#pragma once

#include <span>

#include "base/packed.h"
#include "tracking/point.h"

namespace gyre::tracking {

// Small numbers of either sign as small ones without.
constexpr std::uint64_t zigzag(std::uint64_t number) { return (number << 1) ^ (0 - (number >> 63)); }
constexpr std::uint64_t unzigzag(std::uint64_t number) { return (number >> 1) ^ (0 - (number & 1)); }

void pack_values(Packer& packer, std::span<const Point> points);
// False where the bytes make no sense.
bool unpack_values(Unpacker& unpacker, std::span<Point> points);

}  // namespace gyre::tracking
