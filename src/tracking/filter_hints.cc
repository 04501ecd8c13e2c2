#include "tracking/filter_hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/case.h"
#include "base/nearest.h"
#include "tracking/filter_times.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kLongestNamed = 60;  // bytes of a name that a hint repeats

std::vector<std::string> names_of(std::initializer_list<const FieldMap*> maps) {
  std::vector<std::string> names;
  for (const auto* map : maps) {
    for (const auto& [name, sql] : *map) {
      if (!name.contains('@')) names.push_back(name);
    }
  }
  return names;
}

// A slip of the hand, no more: "auc" is not meant to be "user_id".
bool is_near(std::string_view name, const std::vector<std::string>& known) {
  return std::ranges::any_of(known, [&](const std::string& one) { return spelling_distance(name, one) <= std::max<std::size_t>(1, one.size() / 4); });
}

// As a key is written: in backticks where a sign of arithmetic or a blank is in it.
std::string key_text(std::string_view name) {
  const bool plain = std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; });
  return plain ? std::string(name) : fmt::format("`{}`", name);
}

}  // namespace

std::string attribute_hint(const Fields& fields, std::string_view name) {
  if (!fields.number_entities.contains("metric") || name.empty() || name.size() > kLongestNamed || name.contains('`')) return "";
  const auto known = names_of({&fields.texts, &fields.numbers, &fields.times, &fields.durations});
  if (is_near(lower(name), known)) return did_you_mean(lower(name), known);
  const auto key = key_text(name);
  return fmt::format("did you mean metrics.{0}, params.{0} or tags.{0}? A text stands in quotes: '{1}'", key, name);
}

std::string relative_hint(std::string_view entity, std::string_view key, const ManyFields& many) {
  if ((entity != "child" && entity != "parent") || key.size() > kLongestNamed) return "";
  const auto known = names_of({&many.texts});
  const auto near = is_near(lower(key), known) ? did_you_mean(lower(key), known) + " " : "";
  return fmt::format("{}of a {} its attributes are asked: {}.status = 'FAILED'", near, entity, entity);
}

std::string number_hint(std::string_view text) {
  if (text.size() > kLongestNamed) return "";
  if (parse_time(text)) return fmt::format("a time stands in quotes: '{}'", text);
  if (parse_duration_ms(text)) return fmt::format("a duration stands in quotes: '{}'", text);
  return "";
}

}  // namespace gyre::tracking
