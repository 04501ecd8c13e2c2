// The two checksums of logs of records. Inside exchange/ only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gyre::exchange {

// Of a reflected polynomial: 0xEDB88320 is zlib's, 0x82F63B78 Castagnoli's (RFC 3720).
template <std::uint32_t kPolynomial>
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      auto value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? kPolynomial : 0);
      table[i] = value;
    }
    return table;
  }();
  auto sum = ~before;
  for (const char c : bytes) sum = sum >> 8 ^ kTable[(sum ^ static_cast<std::uint8_t>(c)) & 255];
  return ~sum;
}

inline std::uint32_t zlib_crc32(std::string_view bytes, std::uint32_t before = 0) { return crc32<0xEDB88320>(bytes, before); }
// As TFRecord and LevelDB write it: rotated, and with an offset.
inline std::uint32_t masked_crc32c(std::string_view bytes) {
  const auto sum = crc32<0x82F63B78>(bytes);
  return (sum >> 15 | sum << 17) + 0xa282ead8;
}

}  // namespace gyre::exchange
