#include <fmt/format.h>

#include "storage/blob/store.h"

namespace gyre::blob {

constexpr std::size_t kMaxSegmentBytes = 255;  // what file systems take

Result<void> check_key(std::string_view key) {
  const auto bad = [&](std::string_view why) { return fail(Code::invalid, fmt::format("'{:.80}' cannot name an object: {}", key, why)); };
  if (key.empty() || key.size() > kMaxKeyBytes) return bad(fmt::format("it must have 1 to {} bytes", kMaxKeyBytes));
  std::size_t from = 0;
  while (from <= key.size()) {
    const auto end = std::min(key.find('/', from), key.size());
    const auto segment = key.substr(from, end - from);
    if (segment.size() > kMaxSegmentBytes) return bad(fmt::format("a segment is longer than {} bytes", kMaxSegmentBytes));
    if (segment.empty() || segment == "." || segment == "..") return bad("empty, '.' and '..' segments are not allowed");
    for (const char c : segment) {
      if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("._=@+-").find(c) == std::string_view::npos)
        return bad("a character is not allowed");
    }
    from = end + 1;
  }
  return {};
}

}  // namespace gyre::blob
