#include <algorithm>
#include <ranges>

#include "api/rest/versions.h"
#include "base/words.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxRevisions = 1000, kMaxMoves = 1000, kMaxDecisions = 2000;

std::string lane_of(const std::string& endpoint, const serving::Revision& revision, const serving::Route& route) {
  if (route.role == "shadow") return "shadow@" + endpoint;
  return (route.version == revision.main_version() ? "primary@" : "canary@") + endpoint;
}

// Bars of one lane: a version that goes on in the next revision keeps its bar.
void add_bar(std::vector<ModelStory::Bar>& bars, ModelStory::Bar fresh) {
  for (auto& bar : bars) {
    if (bar.lane == fresh.lane && bar.version == fresh.version && bar.to_ms == fresh.from_ms) {
      bar.to_ms = fresh.to_ms;
      return;
    }
  }
  bars.push_back(std::move(fresh));
}

std::string_view status_of_lane(std::string_view lane) { return lane.starts_with("canary@") || lane.starts_with("shadow@") ? "canary" : "ok"; }

}  // namespace

Result<ModelStory> ModelStory::of(const Rooms& rooms, std::string_view model) {
  ModelStory story;
  story.model_ = TRY(rooms.registry.model(model)).name;
  for (auto& endpoint : TRY(rooms.serving.list())) {
    if (endpoint.config.model != model) continue;
    auto revisions = TRY(rooms.serving.revisions(endpoint.name, kMaxRevisions));
    std::ranges::reverse(revisions);
    if (endpoint.revision && story.champion_ == 0) story.champion_ = endpoint.revision->main_version();
    story.revisions_.emplace_back(endpoint.name, std::move(revisions));
    story.endpoints_.push_back(std::move(endpoint));
  }
  story.moves_ = TRY(rooms.registry.alias_moves(model, kMaxMoves));
  if (story.champion_ == 0) {
    if (const auto champion = rooms.registry.by_alias(model, "champion")) story.champion_ = champion->version;
  }
  for (const auto& policy : TRY(rooms.policy.list())) {
    if (policy.definition.model != model) continue;
    const auto newest = TRY(rooms.policy.cases(policy.name, 1));
    if (!newest.empty() && newest.front().is_open() && newest.front().candidate > 0 && newest.front().candidate != story.champion_)
      story.candidate_ = newest.front().candidate;
    for (auto& decision : TRY(rooms.policy.decisions({.policy = policy.name}, kMaxDecisions, 0))) {
      if (decision.candidate > 0) story.decisions_.push_back(std::move(decision));
    }
  }
  std::ranges::sort(story.decisions_, std::ranges::greater{},
                    [](const policy::Decision& decision) { return std::pair(decision.at_ms, std::string_view(decision.id)); });
  return story;
}

std::vector<const policy::Decision*> ModelStory::decisions_about(std::int64_t version) const {
  std::vector<const policy::Decision*> found;
  for (const auto& decision : decisions_) {
    if (decision.candidate == version) found.push_back(&decision);
  }
  return found;
}

const policy::Decision* ModelStory::gates_of(std::int64_t version) const {
  for (const auto* decision : decisions_about(version)) {
    if ((decision->verdict == "gate" || decision->verdict == "refuse") && !decision->checks.empty()) return decision;
  }
  return nullptr;
}

std::vector<ModelStory::Bar> ModelStory::served() const {
  std::vector<Bar> bars;
  std::map<std::string, Bar> at;  // where each alias points
  for (const auto& move : moves_) {
    if (const auto before = at.find(move.alias); before != at.end()) {
      before->second.to_ms = move.at_ms;
      add_bar(bars, before->second);
      at.erase(before);
    }
    if (move.version > 0) at[move.alias] = {move.alias, move.version, move.at_ms, 0, "ok"};
  }
  for (auto& [alias, bar] : at) add_bar(bars, std::move(bar));
  for (const auto& [endpoint, revisions] : revisions_) {
    for (std::size_t i = 0; i < revisions.size(); ++i) {
      for (const auto& route : revisions[i].routes) {
        const auto lane = lane_of(endpoint, revisions[i], route);
        add_bar(bars, {lane, route.version, revisions[i].at_ms, i + 1 < revisions.size() ? revisions[i + 1].at_ms : 0, status_of_lane(lane)});
      }
    }
  }
  std::ranges::sort(bars, {}, [](const Bar& bar) { return std::tuple(bar.from_ms, std::string_view(bar.lane), bar.version); });
  return bars;
}

ModelStory::State ModelStory::state_of(const registry::Version& version) const {
  for (const auto& endpoint : endpoints_) {
    if (!endpoint.revision) continue;
    for (const auto& route : endpoint.revision->routes) {
      if (route.version != version.version) continue;
      if (route.role == "shadow") return {"canary", "shadow"};
      if (route.version == endpoint.revision->main_version()) return {"ok", "champion"};
      return {"canary", fmt::format("canary {:.3g} %", route.weight * 100)};
    }
  }
  const auto about = decisions_about(version.version);
  if (!about.empty()) {
    const auto& verdict = about.front()->verdict;
    if (verdict == "refuse") return {"crit", "refused"};
    if (verdict == "rollback") return {"crit", "rolled back"};
    if (version.version == candidate_) return {"run", "candidate"};
  }
  const auto bars = served();
  const auto last =
      std::ranges::find_if(bars | std::views::reverse, [&](const Bar& bar) { return bar.version == version.version && bar.lane.starts_with("primary@"); });
  if (last != bars.rend()) return {"wait", fmt::format("served until {}", plain_day(last->to_ms))};
  if (!about.empty() && about.front()->verdict == "keep") return {"wait", "proposed"};
  return {"none", version.aliases.empty() ? "registered" : fmt::format("{}", fmt::join(version.aliases, ", "))};
}

}  // namespace gyre::rest
