// Digests of bytes on their way, and sources that compare them with what was announced.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"

namespace gyre {

enum class DigestKind { md5, sha256, sha512 };
std::string_view to_string(DigestKind kind);  // as HTTP spells it: "sha-256"
std::size_t digest_bytes(DigestKind kind);

// Feed bytes, then ask once. Not thread-safe.
class Digester {
 public:
  explicit Digester(DigestKind kind);
  ~Digester();
  Digester(Digester&& other) noexcept;
  Digester& operator=(Digester&&) = delete;
  void update(std::string_view bytes);
  std::string finish();  // raw bytes

 private:
  void* context_;
};

struct AnnouncedDigest {
  DigestKind kind;
  std::string bytes;  // raw
  std::string field;  // where it was announced: "Content-MD5"
};

// Passes bytes on. Where they are not those that were announced, its end is the error `invalid`, so that nothing is kept.
class CheckedSource final : public ByteSource {
 public:
  CheckedSource(ByteSource& source, std::vector<AnnouncedDigest> announced);
  Result<std::string_view> read(std::size_t most) override;

 private:
  struct Check {
    AnnouncedDigest announced;
    Digester digester;
  };
  Result<void> compare();

  ByteSource& source_;
  std::vector<Check> checks_;
  bool compared_ = false;
};

// Passes bytes on, and knows their number and SHA-256 at the end.
class HashedSource final : public ByteSource {
 public:
  explicit HashedSource(ByteSource& source) : source_(source) {}
  Result<std::string_view> read(std::size_t most) override;
  std::int64_t size_bytes() const { return size_bytes_; }
  std::string finish_hex() { return hash_.finish_hex(); }

 private:
  ByteSource& source_;
  Sha256 hash_;
  std::int64_t size_bytes_ = 0;
};

}  // namespace gyre
