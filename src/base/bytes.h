// Bytes that flow: how bodies, files and objects cross the house without being whole in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre {

constexpr std::size_t kStreamBlockBytes = 256 << 10;

// Blocking; used by one thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next bytes, at most `most`; none means the end. The view holds until the next call.
  virtual Result<std::string_view> read(std::size_t most = kStreamBlockBytes) = 0;
};

// Blocking; used by one thread at a time.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
};

class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string_view text) : rest_(text) {}  // borrows the text
  Result<std::string_view> read(std::size_t most = kStreamBlockBytes) override;

 private:
  std::string_view rest_;
};

class StringSink final : public ByteSink {
 public:
  explicit StringSink(std::size_t limit_bytes = SIZE_MAX) : limit_bytes_(limit_bytes) {}
  // Fails with `exhausted` beyond the limit.
  Result<void> write(std::string_view bytes) override;
  std::string text;

 private:
  std::size_t limit_bytes_;
};

// Reads all of a source, at most `limit_bytes`.
Result<std::string> read_all(ByteSource& source, std::size_t limit_bytes);

}  // namespace gyre
