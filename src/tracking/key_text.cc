#include "tracking/key_text.h"

#include <algorithm>

namespace gyre::tracking {

std::string key_text(std::string_view key) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '/' || c == ':' || c == '.';
  };
  if (!key.empty() && std::ranges::all_of(key, plain) && !key.starts_with('.') && !key.ends_with('.') && !key.contains("..")) return std::string(key);
  const char mark = key.contains('`') ? '"' : '`';
  return mark + std::string(key) + mark;
}

}  // namespace gyre::tracking
