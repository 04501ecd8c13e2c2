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

constexpr std::size_t kInstantBytes = 6;

// The millisecond, then a random number. Ids of one millisecond count on from its first, as ULIDs do: all stay in the order
// in which they were made, and however many there are, none runs ahead of the clock.
std::array<std::uint8_t, 16> next_bytes() {
  static std::mutex mutex;
  static std::uint64_t last = 0;
  static std::array<std::uint8_t, 16> bytes;
  const auto now =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  const std::lock_guard lock(mutex);
  if (now > last) {
    last = now;
    bytes = random_bytes<16>();
    for (std::size_t i = 0; i < kInstantBytes; ++i) bytes[i] = static_cast<std::uint8_t>(now >> (40 - 8 * i));
    bytes[kInstantBytes] &= 0x7f;  // room to count
    return bytes;
  }
  for (std::size_t i = bytes.size() - 1; ++bytes[i] == 0 && i > kInstantBytes;) --i;
  return bytes;
}

}  // namespace

std::string make_id(std::string_view prefix) {
  const auto bytes = next_bytes();
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

bool is_hex_id(std::string_view text) { return text.size() == 32 && text.find_first_not_of(kHex) == std::string_view::npos; }

}  // namespace gyre
