#include "app/project.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/yaml.h"

namespace gyre::app {
namespace {

using Apply = std::function<Result<void>(std::string_view name, const json::Value& value)>;

// Lower rooms first: a policy names a pipeline and an endpoint that stand in the same file.
struct Section {
  std::string_view name;
  std::vector<std::string> Applied::* applied;
  Apply apply;
};

std::vector<Section> sections(Rooms& rooms, const std::filesystem::path& folder, std::string_view actor) {
  const auto dropped = [](auto result) -> Result<void> {
    if (!result) return std::unexpected(result.error());
    return {};
  };
  return {
      {"repositories", &Applied::repositories, [&rooms, actor](auto name, const auto& value) { return rooms.datasets.apply(name, value, actor); }},
      {"pipelines", &Applied::pipelines, [=, &rooms](auto name, const auto& value) { return dropped(rooms.pipelines.apply(name, value, folder, actor)); }},
      {"endpoints", &Applied::endpoints, [=, &rooms](auto name, const auto& value) { return dropped(rooms.serving.apply(name, value, actor)); }},
      {"monitors", &Applied::monitors, [=, &rooms](auto name, const auto& value) { return dropped(rooms.monitoring.apply(name, value, actor)); }},
      {"policies", &Applied::policies, [=, &rooms](auto name, const auto& value) { return dropped(rooms.policy.apply(name, value, actor)); }},
  };
}

Result<void> check_sections(const json::Value& document, const std::vector<Section>& known) {
  const auto* members = document.if_object();
  if (!members) return fail(Code::invalid, "a project file is a mapping of sections", {}, "sections: repositories, pipelines, endpoints, monitors, policies");
  for (const auto& [name, value] : *members) {
    if (std::ranges::find(known, name, &Section::name) == known.end()) {
      return fail(Code::invalid, fmt::format("line {}: '{}' is not a section of a project file", value.position.line, name), {},
                  "sections: repositories, pipelines, endpoints, monitors, policies");
    }
    if (!value.is_null() && !value.if_object()) {
      return fail(Code::invalid, fmt::format("line {}: section '{}' must map names to definitions", value.position.line, name));
    }
  }
  return {};
}

}  // namespace

Result<Applied> apply_project(Rooms& rooms, std::string_view text, const std::filesystem::path& folder, std::string_view actor) {
  return apply_document(rooms, TRY(yaml::parse(text)), folder, actor);
}

Result<Applied> apply_document(Rooms& rooms, const json::Value& document, const std::filesystem::path& folder, std::string_view actor) {
  const auto known = sections(rooms, folder, actor);
  TRY(check_sections(document, known));
  Applied applied;
  for (const auto& section : known) {
    const auto* entries = document[section.name].if_object();
    if (!entries) continue;
    for (const auto& [name, value] : *entries) {
      if (const auto done = section.apply(name, value); !done) return within(fmt::format("{} '{}'", section.name, name), done.error());
      (applied.*section.applied).push_back(name);
    }
  }
  return applied;
}

Result<Applied> apply_project_file(Rooms& rooms, const std::filesystem::path& file, std::string_view actor) {
  const auto text = TRY(read_file(file, yaml::kMaxBytes));
  const auto applied = apply_project(rooms, text, file.parent_path(), actor);
  if (!applied) return within(file.string(), applied.error());
  return *applied;
}

}  // namespace gyre::app
