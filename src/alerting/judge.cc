#include "alerting/judge.h"

#include <algorithm>
#include <cmath>

namespace gyre::alerting {
namespace {

enum class Sign { bad, good, between, neither };  // between ends a row of either; neither tells nothing

struct Told {
  Sign sign = Sign::neither;
  std::optional<double> reference;
};

Told of_threshold(const Rule& rule, double value) {
  if (!std::isfinite(value) && std::isnan(value)) return {};
  const bool above = rule.direction == "above";
  if (above ? value > rule.limit : value < rule.limit) return {Sign::bad, rule.limit};
  const auto clear = rule.clear.value_or(rule.limit);
  return {(above ? value <= clear : value >= clear) ? Sign::good : Sign::between, rule.limit};
}

// Keeps points about a thirty-second of the window apart, and of those before the window only the last.
void remember(Memory& memory, const Rule& rule, const Seen& now) {
  constexpr double kParts = 32;
  auto& seen = memory.seen;
  if (seen.empty() || now.step >= seen.back().step + rule.window / kParts) seen.push_back(now);
  const auto inside = std::ranges::find_if(seen, [&](const Seen& one) { return one.step > now.step - rule.window; });
  if (inside - seen.begin() > 1) seen.erase(seen.begin(), inside - 1);
  if (seen.size() > kMaxSeen) seen.erase(seen.begin(), seen.end() - static_cast<std::ptrdiff_t>(kMaxSeen));
}

Told of_change(Memory& memory, const Rule& rule, const Seen& now) {
  if (!std::isfinite(now.value)) return {};
  if (!memory.seen.empty() && now.step < memory.seen.back().step) return {};  // it comes late
  std::optional<double> before;
  for (const auto& one : memory.seen) {
    if (one.step <= now.step - rule.window) before = one.value;
  }
  remember(memory, rule, now);
  if (!before || *before == 0) return {Sign::neither, before};
  const auto change = (now.value - *before) / std::abs(*before);
  const auto counted = rule.direction == "up" ? change : rule.direction == "down" ? -change : std::abs(change);
  return {counted > rule.limit ? Sign::bad : Sign::good, before};
}

Told of_stall(Memory& memory, const Rule& rule, const Seen& now, TimeMs at_ms) {
  if (std::isnan(now.value)) return {Sign::neither, memory.best};
  const bool least = rule.direction == "min";
  const bool better = !memory.best || (least ? now.value < *memory.best - rule.limit : now.value > *memory.best + rule.limit);
  if (better) {
    memory.best = now.value;
    memory.best_step = now.step;
    memory.best_at_ms = at_ms;
    return {Sign::good, memory.best};
  }
  const bool long_ago =
      (rule.window > 0 && now.step - memory.best_step >= rule.window) || (rule.minutes > 0 && at_ms - memory.best_at_ms >= rule.minutes * kMinuteMs);
  return {long_ago ? Sign::bad : Sign::neither, memory.best};
}

Told told(Memory& memory, const Rule& rule, const tracking::Metric& point, TimeMs at_ms) {
  const Seen now{tracking::number_of(step_of(point)), point.value};
  if (rule.kind == "threshold") return of_threshold(rule, point.value);
  if (rule.kind == "change") return of_change(memory, rule, now);
  if (rule.kind == "stall") return of_stall(memory, rule, now, at_ms);
  return {std::isfinite(point.value) ? Sign::good : Sign::bad, std::nullopt};
}

// A stall is over with the first better value; all else when it is good for a while.
std::int64_t wanted_to_clear(const Rule& rule) { return rule.kind == "stall" ? 1 : rule.points_to_clear(); }

}  // namespace

Verdict judge(Memory& memory, const Rule& rule, const tracking::Metric& point, TimeMs at_ms) {
  const auto [sign, reference] = told(memory, rule, point, at_ms);
  if (sign == Sign::neither) return {};
  memory.bad = sign == Sign::bad ? std::min(memory.bad + 1, kMaxPointsInARow) : 0;
  memory.good = sign == Sign::good ? std::min(memory.good + 1, kMaxPointsInARow) : 0;
  if (memory.alert.empty() && memory.bad >= rule.points) return {Turn::fired, reference};
  if (!memory.alert.empty() && memory.good >= wanted_to_clear(rule)) return {Turn::resolved, reference};
  return {};
}

std::optional<TimeMs> due_of(const Memory& memory, const Rule& rule) {
  if (rule.kind != "stall" || rule.minutes <= 0 || !memory.alert.empty() || !memory.best) return std::nullopt;
  return memory.best_at_ms + static_cast<TimeMs>(rule.minutes * kMinuteMs);
}

Verdict judge_pause(Memory& memory, const Rule& rule, TimeMs now_ms) {
  const auto due = due_of(memory, rule);
  return due && *due <= now_ms ? Verdict{Turn::fired, memory.best} : Verdict{};
}

}  // namespace gyre::alerting
