// Numbers and texts packed into bytes and back: little-endian, a text behind its length in four bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gyre {

static_assert(std::endian::native == std::endian::little);

// Appends to `bytes`, which outlives it.
class Packer {
 public:
  explicit Packer(std::string& bytes) : bytes_(bytes) {}

  template <class Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  // For counts, which are mostly small: seven bits a byte, the lowest first.
  void count(std::int64_t value) {
    auto rest = static_cast<std::uint64_t>(value);
    for (; rest >= 128; rest >>= 7) bytes_ += static_cast<char>(rest | 128);
    bytes_ += static_cast<char>(rest);
  }
  void raw(std::string_view bytes) { bytes_ += bytes; }

 private:
  std::string& bytes_;
};

// Reads in the same order. Any truncation makes `good` false; what is read then means nothing.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <class Number>
  Number number() {
    Number value{};
    const auto bytes = raw(sizeof value);
    if (good) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(raw(number<std::uint32_t>())); }
  std::int64_t count() {
    if (!good || rest_.empty() || static_cast<std::uint8_t>(rest_.front()) >= 128) return long_count();
    const auto byte = rest_.front();  // most are small
    rest_.remove_prefix(1);
    return byte;
  }
  // Nothing where fewer are left.
  std::string_view raw(std::size_t size) {
    if (rest_.size() < size) good = false;
    if (!good) return {};
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  bool good = true;

 private:
  std::int64_t long_count() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return static_cast<std::int64_t>(value);
    }
    return good = false, 0;
  }

  std::string_view rest_;
};

}  // namespace gyre
