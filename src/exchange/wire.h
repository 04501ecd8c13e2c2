// Protocol Buffers' wire format, read by hand: https://protobuf.dev/programming-guides/encoding/. Inside exchange/ only.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace gyre::exchange {

// One field of a message; which member counts follows from the message's definition.
struct Field {
  std::uint32_t number = 0;
  std::uint64_t whole = 0;   // varints and fixed ones
  std::string_view bytes{};  // texts, messages and packed lists
  bool is_fixed = false;     // of 4 or 8 bytes
  double as_double() const { return std::bit_cast<double>(whole); }
  float as_float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(whole)); }
};

// Field after field; bytes that are none end it, and make `good` false.
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}
  std::optional<Field> next() {
    if (rest_.empty() || !good) return std::nullopt;
    const auto key = varint();
    Field field{static_cast<std::uint32_t>(key >> 3)};
    switch (key & 7) {
      case 0:
        field.whole = varint();
        break;
      case 1:
      case 5: {
        const auto raw = take((key & 7) == 1 ? 8 : 4);
        std::memcpy(&field.whole, raw.data(), raw.size());
        field.is_fixed = true;
        break;
      }
      case 2:
        field.bytes = take(varint());
        break;
      default:
        good = false;
    }
    return good ? std::optional(field) : std::nullopt;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
    good = false;
    return 0;
  }
  bool empty() const { return rest_.empty(); }

  bool good = true;

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) good = false;
    if (!good) return {};
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
};

}  // namespace gyre::exchange
