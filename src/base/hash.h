// SHA-256, the name of all content.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gyre {

// Feed bytes, then ask once. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  // 64 lower-case hexadecimal digits. The object is spent afterwards.
  std::string finish_hex();

 private:
  void* context_;
};

std::string sha256_hex(std::string_view bytes);

// Whether the text has the shape that sha256_hex gives.
bool is_sha256_hex(std::string_view text);

// A fast, stable, not cryptographic 64-bit hash (FNV-1a with a final mix) for routing and sampling.
std::uint64_t stable_hash(std::string_view bytes);

}  // namespace gyre
