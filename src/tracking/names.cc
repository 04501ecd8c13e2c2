#include "tracking/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/json_writer.h"

namespace gyre::tracking {
namespace {

// Letters of all scripts are letters to MLflow; what is not ASCII counts as one.
bool is_name_character(unsigned char c) { return std::isalnum(c) || c >= 0x80 || std::string_view("_-. :/").contains(static_cast<char>(c)); }

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// A path without ".", ".." and doubled slashes, as POSIX programs read it.
std::string resolved(std::string_view path) {
  std::vector<std::string_view> parts;
  const bool absolute = path.starts_with('/');
  for (std::size_t from = 0; from <= path.size();) {
    const auto end = std::min(path.find('/', from), path.size());
    const auto part = path.substr(from, end - from);
    from = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (part != ".." || !absolute) {
      parts.push_back(part);
    }
  }
  std::string text;
  for (const auto part : parts) text += (text.empty() ? "" : "/") + std::string(part);
  if (absolute) return (path.starts_with("//") && !path.starts_with("///") ? "//" : "/") + text;
  return text.empty() ? "." : text;
}

}  // namespace

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, is_name_character) && !name.contains('/') && !name.starts_with('.');
}

Result<void> check_name(std::string_view place, std::string_view name) {
  if (!std::ranges::all_of(name, is_name_character)) {
    return invalid_value(json_quoted(name), place,
                         "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).");
  }
  const auto file = resolved(name);
  if (file == name && file != "." && !file.starts_with("..") && !file.starts_with('/')) return {};
  return invalid_value(
      json_quoted(name), place,
      fmt::format("Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to {}",
                  python_quoted(file)));
}

Result<void> check_length(std::string_view what, std::string_view text, std::size_t most) {
  if (text.size() <= most) return {};
  if (static_cast<std::size_t>(std::ranges::count_if(text, starts_character)) <= most) return {};
  return fail(Code::invalid, fmt::format("'{}' exceeds the maximum length of {} characters", what, most));
}

std::string shortened(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  for (std::size_t characters = 0; at < text.size(); ++at) {
    if (starts_character(text[at]) && characters++ == most) break;
  }
  return std::string(text.substr(0, at));
}

std::unexpected<Error> invalid_value(std::string_view value, std::string_view place, std::string_view why) {
  return fail(Code::invalid, fmt::format("Invalid value {} for parameter '{}' supplied: {}", shortened(value, 1000), place, why));
}

std::string json_quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text);
  return out;
}

std::string python_quoted(std::string_view text) {
  const char mark = text.contains('\'') && !text.contains('"') ? '"' : '\'';
  std::string out(1, mark);
  for (const char c : text) {
    if (c == mark || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + mark;
}

}  // namespace gyre::tracking
