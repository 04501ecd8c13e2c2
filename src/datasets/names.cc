#include "datasets/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "datasets/datasets.h"

namespace gyre::datasets {
namespace {

constexpr std::size_t kMaxSegmentBytes = 255;  // what file systems take
constexpr std::int64_t kMaxBack = 1'000'000;

bool is_name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; }
bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

std::string_view wrong_segment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return "empty, '.' and '..' segments are not allowed";
  if (segment.size() > kMaxSegmentBytes) return "a segment is longer than 255 bytes";
  for (std::size_t at = 0; at < segment.size();) {
    const auto length = utf8_length(segment.substr(at));
    if (length == 0) return "it is not UTF-8";
    const auto c = static_cast<unsigned char>(segment[at]);
    if (c < 0x20 || c == 0x7f || c == '\\') return "control characters and '\\' are not allowed";
    at += length;
  }
  return "";
}

// What is safe to repeat in a message.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, 80));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f; }, '?');
  return out;
}

}  // namespace

Result<void> check_name(std::string_view what, std::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, is_name_char) && name.front() != '.' && name.front() != '-') return {};
  return fail(Code::invalid, fmt::format("'{}' cannot name {}", shown(name), what), {},
              fmt::format("use 1 to {} letters, digits, '.', '_' and '-', not starting with '.' or '-'", kMaxNameBytes));
}

bool is_commit_prefix(std::string_view text) { return text.size() >= kMinCommitPrefix && text.size() <= 64 && std::ranges::all_of(text, is_hex); }

Result<void> check_ref_name(std::string_view what, std::string_view name) {
  TRY(check_name(what, name));
  if (name.size() == 64 && is_commit_prefix(name)) return fail(Code::invalid, fmt::format("'{}' cannot name {}: it looks like a commit", name, what));
  return {};
}

Result<void> check_path(std::string_view path) {
  const auto bad = [&](std::string_view why) {
    return fail(Code::invalid, fmt::format("'{}' cannot be a path in a repository: {}", shown(path), why), {},
                "use a relative path such as 'flights/2001-04-01.parquet'");
  };
  if (path.empty() || path.size() > kMaxPathBytes) return bad(fmt::format("it must have 1 to {} bytes", kMaxPathBytes));
  if (path.front() == '/') return bad("it is absolute");
  const auto parts = segments(path);
  if (parts.size() > kMaxPathDepth) return bad(fmt::format("it is deeper than {} folders", kMaxPathDepth));
  for (const auto part : parts) {
    if (const auto why = wrong_segment(part); !why.empty()) return bad(why);
  }
  return {};
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; !path.empty() && from <= path.size();) {
    const auto end = std::min(path.find('/', from), path.size());
    parts.push_back(path.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view table_format(std::string_view path) {
  for (const auto& [extension, format] : {std::pair<std::string_view, std::string_view>{".parquet", "parquet"},
                                          {".pq", "parquet"},
                                          {".csv", "csv"},
                                          {".tsv", "csv"},
                                          {".jsonl", "json"},
                                          {".ndjson", "json"}}) {
    if (path.ends_with(extension)) return format;
  }
  return "";
}

Result<Ref> parse_ref(std::string_view text) {
  Ref ref;
  const auto slash = std::min(text.find('/'), text.size());
  auto head = text.substr(0, slash);
  auto path = text.substr(std::min(slash + 1, text.size()));
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!path.empty()) TRY(check_path(path));
  ref.path = path;

  const auto at = head.find('@');
  ref.repo = head.substr(0, at);
  TRY(check_name("a repository", ref.repo));
  if (at == std::string_view::npos) return ref;
  head.remove_prefix(at + 1);
  const auto tilde = head.find('~');
  ref.name = head.substr(0, tilde);
  TRY(check_name("a branch, tag or commit", ref.name));
  if (tilde == std::string_view::npos) return ref;
  const auto digits = head.substr(tilde + 1);
  ref.back = 1;
  if (digits.empty()) return ref;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ref.back);
  if (error != std::errc() || end != digits.data() + digits.size() || ref.back < 0 || ref.back > kMaxBack) {
    return fail(Code::invalid, fmt::format("'{}' is not a number of commits", shown(digits)), {}, "write for example flights@main~2");
  }
  return ref;
}

}  // namespace gyre::datasets
