#include "net/digest_fields.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/case.h"

namespace gyre::net {
namespace {

constexpr std::string_view kFields[] = {"Content-Digest", "Repr-Digest", "Content-MD5"};
constexpr std::size_t kMaxDigests = 16;  // of one field: each costs a pass over the body

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::unexpected<Error> unreadable(std::string_view field, std::string_view value) {
  return fail(Code::invalid, fmt::format("{}: '{:.120}' is no digest", field, value), {},
              field == "Content-MD5" ? "send the MD5 in base 64" : "send sha-256=:BASE64: as RFC 9530 has it");
}

std::unexpected<Error> too_many(std::string_view field) { return fail(Code::invalid, fmt::format("{} has more than {} digests", field, kMaxDigests)); }

std::optional<DigestKind> kind_of(std::string_view name) {
  for (const auto kind : {DigestKind::sha256, DigestKind::sha512}) {
    if (name == to_string(kind)) return kind;
  }
  return std::nullopt;
}

// One member of a structured field's dictionary: NAME=:BASE64:.
Result<std::optional<AnnouncedDigest>> member(std::string_view field, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return unreadable(field, text);
  const auto kind = kind_of(lower(text.substr(0, equals)));
  if (!kind) return std::nullopt;
  auto value = text.substr(equals + 1);
  value = trimmed(value.substr(0, value.find(';')));
  if (value.size() < 2 || value.front() != ':' || value.back() != ':') return unreadable(field, text);
  auto bytes = unbase64(value.substr(1, value.size() - 2));
  if (!bytes || bytes->size() != digest_bytes(*kind)) return unreadable(field, text);
  return AnnouncedDigest{*kind, std::move(*bytes), std::string(field)};
}

Result<void> read_dictionary(std::string_view field, std::string_view rest, std::vector<AnnouncedDigest>& out) {
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    if (auto one = TRY(member(field, trimmed(rest.substr(0, comma))))) out.push_back(std::move(*one));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return {};
}

}  // namespace

Result<std::vector<AnnouncedDigest>> announced_digests(const Request& request, std::string_view field) {
  std::vector<AnnouncedDigest> announced;
  const auto [first, end] = request.headers.equal_range(field);
  for (auto at = first; at != end; ++at) {
    if (announced.size() > kMaxDigests) return too_many(field);
    const auto value = trimmed(at->second);
    if (field != "Content-MD5") {
      TRY(read_dictionary(field, value, announced));
      continue;
    }
    auto bytes = unbase64(value);
    if (!bytes || bytes->size() != digest_bytes(DigestKind::md5)) return unreadable(field, value);
    announced.push_back({DigestKind::md5, std::move(*bytes), std::string(field)});
  }
  if (announced.size() > kMaxDigests) return too_many(field);
  return announced;
}

Result<std::vector<AnnouncedDigest>> announced_digests(const Request& request) {
  std::vector<AnnouncedDigest> all;
  for (const auto field : kFields) {
    for (auto& one : TRY(announced_digests(request, field))) all.push_back(std::move(one));
  }
  return all;
}

std::string sha256_field(std::string_view sha256_hex) { return fmt::format("sha-256=:{}:", base64(from_hex(sha256_hex).value_or(""))); }

}  // namespace gyre::net
