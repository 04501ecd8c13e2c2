#include "base/id.h"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <mutex>

namespace gyre {
namespace {

constexpr char kBase32[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr char kHex[] = "0123456789abcdef";

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes() {
  std::array<std::uint8_t, N> bytes;
  if (getrandom(bytes.data(), N, 0) != static_cast<ssize_t>(N)) std::abort();  // the kernel's pool never fails once up
  return bytes;
}

// The present millisecond, or one more than the last answer when several ids are made in one.
std::uint64_t next_instant() {
  static std::mutex mutex;
  static std::uint64_t last = 0;
  const auto now = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  const std::lock_guard lock(mutex);
  last = now > last ? now : last + 1;
  return last;
}

}  // namespace

std::string make_id(std::string_view prefix) {
  auto bytes = random_bytes<16>();
  const auto instant = next_instant();
  for (int i = 0; i < 6; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(instant >> (40 - 8 * i));

  std::string text(prefix);
  text += '_';
  unsigned bits = 0;
  int held = 2;  // 130 bits are written for 128: two leading zeros
  for (const auto byte : bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      text += kBase32[(bits >> held) & 31];
    }
  }
  return text;
}

std::string make_hex_id() {
  std::string text;
  for (const auto byte : random_bytes<16>()) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace gyre
