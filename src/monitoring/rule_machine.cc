#include "monitoring/rule_machine.h"

#include <algorithm>

namespace gyre::monitoring {
namespace {

constexpr TimeMs kDidNotCount = -1;

}  // namespace

Turn step(RuleMemory& memory, const Rule& rule, TimeMs window_from_ms, const Measured& measured) {
  const bool open = memory.state == "open", counts = open ? rule.is_clear(measured.value) : rule.is_bad(measured.value, measured.error);
  memory.recent.push_back(counts ? window_from_ms : kDidNotCount);
  if (memory.recent.size() > static_cast<std::size_t>(rule.of_windows)) memory.recent.erase(memory.recent.begin());
  const auto first = std::ranges::find_if(memory.recent, [](TimeMs from_ms) { return from_ms != kDidNotCount; });
  const auto counted = std::ranges::count_if(first, memory.recent.end(), [](TimeMs from_ms) { return from_ms != kDidNotCount; });
  const bool turns = counted >= rule.bad_windows;
  if (open) {
    if (!turns) return Turn::none;
    memory = {};
    return Turn::resolved;
  }
  memory.state = counted == 0 ? "ok" : turns ? "open" : "pending";
  memory.onset_ms = counted == 0 ? 0 : *first;
  if (!turns) return Turn::none;
  memory.recent.clear();
  return Turn::opened;
}

}  // namespace gyre::monitoring
