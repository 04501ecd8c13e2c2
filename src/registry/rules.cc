#include "registry/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/case.h"
#include "tracking/names.h"

namespace gyre::registry {
namespace {

constexpr std::size_t kMaxName = 256, kMaxTagKey = 250, kMaxTagValue = 100'000, kMaxAlias = 255;

// Letters of any script are words.
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

Result<void> check_model_name(std::string_view name, std::string_view place) {
  if (name.find_first_not_of(" \t\n\r") == std::string_view::npos) return fail(Code::invalid, fmt::format("Missing value for required parameter '{}'.", place));
  if (name.find_first_of("/:") != std::string_view::npos)
    return fail(Code::invalid, fmt::format("Invalid model name '{:.300}'. Names cannot contain '/' or ':'.", name));
  if (name == "." || name == ".." || name.starts_with("..")) return tracking::check_name("name", name);
  return tracking::check_length("name", name, kMaxName);
}

Result<void> check_tag(const Tag& tag) {
  TRY(tracking::check_name("key", tag.key));
  TRY(tracking::check_length("key", tag.key, kMaxTagKey));
  return tracking::check_length("value", tag.value, kMaxTagValue);
}

Result<void> check_version_tag(const Tag& tag) {
  if (tag.key == "mlflow.prompt.text" && !tracking::check_length("value", tag.value, kMaxTagValue))
    return fail(Code::invalid, fmt::format("Prompt text exceeds max length of {} characters.", kMaxTagValue));
  return check_tag(tag);
}

Result<void> check_alias(std::string_view alias) {
  if (alias.empty()) return fail(Code::invalid, "Registered model alias name cannot be empty.");
  if (!std::ranges::all_of(alias, is_word)) {
    return fail(Code::invalid, fmt::format("Invalid alias name: '{:.300}'. Names may only contain alphanumerics, underscores (_), and dashes (-).", alias));
  }
  TRY(tracking::check_length("Registered model alias name", alias, kMaxAlias));
  if (lower(alias) == "latest") return fail(Code::invalid, "'latest' alias name (case insensitive) is reserved.");
  const bool like_a_number = alias.size() > 1 && lower(alias)[0] == 'v' && alias.find_first_not_of("0123456789", 1) == std::string_view::npos;
  if (like_a_number) return fail(Code::invalid, fmt::format("Version alias name '{}' is reserved.", alias));
  return {};
}

Result<std::string_view> stage_named(std::string_view stage) {
  constexpr std::string_view kStages[] = {"None", "Staging", "Production", "Archived"};
  const auto found = std::ranges::find_if(kStages, [&](std::string_view known) { return lower(known) == lower(stage); });
  if (found != std::end(kStages)) return *found;
  return fail(Code::invalid, fmt::format("Invalid Model Version stage: {:.100}. Value must be one of None, Staging, Production, Archived.", stage));
}

bool is_prompt(const std::vector<Tag>& tags) {
  return std::ranges::any_of(tags, [](const Tag& tag) { return tag.key == "mlflow.prompt.is_prompt" && lower(tag.value) == "true"; });
}

}  // namespace gyre::registry
