#include "policy/steps.h"

#include <fmt/format.h>

#include "base/words.h"

namespace gyre::policy {
namespace {

std::string train_text(const Definition& d) {
  std::string parameters;
  for (const auto& [name, value] : d.parameters) parameters += fmt::format("{}{} {}", parameters.empty() ? ": " : ", ", name, json::to_text(value));
  return d.pipeline + parameters;
}

std::string gate_text(const Gates& gates) {
  std::string text;
  if (gates.min_gain > 0)
    text = fmt::format("log loss gain >= {}, z >= {}, n >= {}", plain_figure(gates.min_gain), plain_figure(gates.z), plain_count(gates.min_rows));
  if (gates.min_auc > 0) text += fmt::format("{}AUC >= {} where nothing serves", text.empty() ? "" : "; ", plain_figure(gates.min_auc));
  return text.empty() ? "gates" : text;
}

std::vector<Step> all_steps(const Definition& d) {
  std::vector<Step> steps{{"train", train_text(d), "idle"}, {"gate", gate_text(d.gates), "idle"}};
  if (d.rollout.none) {
    steps.push_back({"none", "propose: nothing is rolled out", "idle"});
    return steps;
  }
  if (d.rollout.shadow_rows > 0) steps.push_back({"shadow", fmt::format("shadow, {} rows", plain_count(d.rollout.shadow_rows)), "idle"});
  for (const auto& canary : d.rollout.canary)
    steps.push_back({"canary", fmt::format("canary {:.3g} %, {} rows", canary.weight * 100, plain_count(canary.rows)), "idle"});
  steps.push_back({"full", "all traffic", "idle"});
  if (d.rollout.watch_labelled_rows > 0) steps.push_back({"watch", fmt::format("watch {} labelled rows", plain_count(d.rollout.watch_labelled_rows)), "idle"});
  return steps;
}

// The step that a case is at, or ended in: an index into all_steps.
std::size_t place_of(const Definition& d, const Case& one, std::size_t steps) {
  if (one.state == "waiting" || one.state == "training" || one.state == "failed") return 0;
  if (one.state == "gating" || one.state == "refused") return 1;
  if (one.state == "watching" || one.full_ms > 0) return steps - 1;
  const std::size_t first = d.rollout.shadow_rows > 0 ? 2 : 1;  // stage 0 is the shadow, the canaries are counted from 1
  return std::min(first + static_cast<std::size_t>(std::max<std::int64_t>(one.stage, 0)), steps - 1);
}

}  // namespace

std::vector<Step> steps_of(const Definition& d, const std::optional<Case>& one) {
  auto steps = all_steps(d);
  if (!one) return steps;
  const bool good = one->state == "promoted" || one->state == "proposed";
  const auto place = good ? steps.size() : place_of(d, *one, steps.size());
  for (std::size_t i = 0; i < std::min(place, steps.size()); ++i) steps[i].state = "done";
  if (place < steps.size()) steps[place].state = !one->is_open() ? "failed" : one->state == "waiting" ? "next" : "now";
  return steps;
}

}  // namespace gyre::policy
