#include "views/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace gyre::views {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Of UTF-8: all bytes but those that go on with a character.
std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

json::Value ordered(const json::Value& value) {
  if (const auto* items = value.if_array()) {
    json::Array all;
    for (const auto& item : *items) all.push_back(ordered(item));
    return all;
  }
  if (const auto* members = value.if_object()) {
    json::Object all;
    for (const auto& [name, member] : *members) all.emplace_back(name, ordered(member));
    std::ranges::sort(all, {}, [](const auto& member) -> std::string_view { return member.first; });
    return all;
  }
  return value;
}

}  // namespace

std::string_view to_string(Scope scope) { return scope == Scope::link ? "link" : "shared"; }

Result<void> check_kind(std::string_view kind) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (!kind.empty() && kind.size() <= kMaxKindBytes && std::ranges::all_of(kind, good)) return {};
  return fail(Code::invalid, fmt::format("'kind' cannot be '{:.80}'", kind), {}, "the kind of page that it is a view of, such as runs: a-z, 0-9 and -");
}

Result<void> check_subject(std::string_view subject) {
  if (subject.size() <= kMaxSubjectBytes && std::ranges::none_of(subject, is_control)) return {};
  return fail(Code::invalid, fmt::format("'subject' has more than {} bytes, or holds control characters", kMaxSubjectBytes));
}

Result<void> check_name(std::string_view name) {
  if (name.find_first_not_of(' ') == std::string_view::npos)
    return fail(Code::invalid, "a shared view needs a name", {}, R"(for example "name": "best by AUC")");
  if (characters_of(name) > kMaxNameCharacters || std::ranges::any_of(name, is_control))
    return fail(Code::invalid, fmt::format("'name' has more than {} characters, or holds control characters", kMaxNameCharacters));
  return {};
}

Result<std::string> state_text(const json::Value& state) {
  if (!state.if_object()) return fail(Code::invalid, fmt::format("'state' is {}, not an object", state.kind()));
  auto text = json::to_text(state);
  if (text.size() > kMaxStateBytes)
    return fail(Code::invalid, fmt::format("'state' has {} bytes; at most {} are kept", text.size(), kMaxStateBytes), {},
                "leave out what the page can work out itself");
  return text;
}

std::string digest_of(std::string_view kind, std::string_view subject, const json::Value& state) {
  return sha256_hex(json::to_text(json::Array{kind, subject, ordered(state)}));
}

std::string short_id(std::string_view digest, std::size_t characters) {
  constexpr std::string_view kBase32 = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's: no letters that look like digits
  std::string id;
  unsigned bits = 0;
  int held = 0;
  for (const char digit : digest) {
    bits = (bits << 4) | static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    held += 4;
    if (held < 5) continue;
    held -= 5;
    id += kBase32[(bits >> held) & 31];
    if (id.size() == characters) break;
  }
  return id;
}

}  // namespace gyre::views
