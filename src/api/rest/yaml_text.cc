#include "api/rest/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/case.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxFlowBytes = 96;

// Whether YAML would read the bare text as this string, and nothing else.
bool is_plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (!std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= ' ' && !std::string_view(",[]{}#&*!|>'\"%@`").contains(c); }))
    return false;
  if (text.contains(": ") || text.starts_with("- ") || text.starts_with("? ") || text == "-" || text == "~") return false;
  const auto word = lower(text);
  for (const auto* special : {"true", "false", "null", "yes", "no", "on", "off"}) {
    if (word == special) return false;
  }
  return text.find_first_not_of("0123456789+-.eExXoO_:") != std::string_view::npos;
}

std::string scalar(const json::Value& value) {
  if (const auto* text = value.if_string()) return is_plain(*text) ? *text : json::to_text(value);
  return json::to_text(value);
}

std::string key_text(const std::string& key) { return is_plain(key) ? key : json::to_text(json::Value(key)); }

std::string flow(const json::Value& value) {
  std::string inside;
  if (const auto* items = value.if_array()) {
    for (const auto& item : *items) inside += (inside.empty() ? "" : ", ") + flow(item);
    return "[" + inside + "]";
  }
  if (const auto* members = value.if_object()) {
    for (const auto& [name, member] : *members) inside += fmt::format("{}{}: {}", inside.empty() ? "" : ", ", key_text(name), flow(member));
    return "{" + inside + "}";
  }
  return scalar(value);
}

bool is_nested(const json::Value& value) { return value.if_array() || value.if_object(); }

// What holds nothing nested within something nested may stand on one line.
bool is_flat(const json::Value& value) {
  if (const auto* members = value.if_object()) {
    return std::ranges::none_of(*members, [](const auto& member) { return is_nested(member.second); });
  }
  if (const auto* items = value.if_array()) {
    return std::ranges::all_of(*items, [](const auto& item) { return !is_nested(item) || is_flat(item); });
  }
  return true;
}

}  // namespace

std::string yaml_text(const json::Value& value, int indent) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  const auto line = flow(value);
  if (const auto* members = value.if_object(); members && !members->empty()) {
    std::string text;
    for (const auto& [name, member] : *members) {
      const auto one = flow(member);
      const bool here = !is_nested(member) || (is_flat(member) && one.size() <= kMaxFlowBytes) || one.size() <= 2;
      text += fmt::format("{}{}:{}", margin, key_text(name), here ? " " + one + "\n" : "\n" + yaml_text(member, indent + 2));
    }
    return text;
  }
  if (const auto* items = value.if_array(); items && !items->empty()) {
    std::string text;
    for (const auto& item : *items) text += fmt::format("{}- {}\n", margin, flow(item));
    return text;
  }
  return margin + line + "\n";
}

}  // namespace gyre::rest
