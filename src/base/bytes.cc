#include "base/bytes.h"

#include <fmt/format.h>

namespace gyre {

Result<std::string_view> StringSource::read(std::size_t most) {
  const auto block = rest_.substr(0, most);
  rest_.remove_prefix(block.size());
  return block;
}

Result<void> StringSink::write(std::string_view bytes) {
  if (bytes.size() > limit_bytes_ - text.size()) {
    return fail(Code::exhausted, fmt::format("more than the {} bytes that are allowed here", limit_bytes_));
  }
  text += bytes;
  return {};
}

Result<std::string> read_all(ByteSource& source, std::size_t limit_bytes) {
  StringSink sink(limit_bytes);
  for (;;) {
    const auto block = TRY(source.read());
    if (block.empty()) return std::move(sink.text);
    TRY(sink.write(block));
  }
}

}  // namespace gyre
