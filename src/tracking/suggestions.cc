#include "tracking/suggestions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/case.h"

namespace gyre::tracking {

Suggestions::Suggestions(std::string_view prefix) : prefix_(lower(prefix)) {}

void Suggestions::add(Suggestion suggestion) {
  const auto text = lower(suggestion.text);
  const auto at = text.find(prefix_);
  if (at == std::string::npos) return;
  if (text == prefix_ && suggestion.kind != "value") return;  // it stands there already
  (at == 0 ? starting_ : holding_).push_back(std::move(suggestion));
}

void Suggestions::add_counted(const KeyCounts& counts, const std::function<std::optional<Suggestion>(const std::string&)>& make) {
  std::vector<std::pair<std::int64_t, std::string_view>> ranked;
  for (const auto& [text, count] : counts) ranked.emplace_back(-count, text);
  std::ranges::sort(ranked);
  for (const auto& [count, text] : ranked) {
    auto made = make(std::string(text));
    if (!made) continue;
    made->detail = fmt::format("{} {}", -count, count == -1 ? "run" : "runs");
    add(*std::move(made));
  }
}

void Suggestions::finish(Completion& completion) && {
  for (auto* part : {&starting_, &holding_}) {
    for (auto& suggestion : *part) {
      if (completion.suggestions.size() < kMaxSuggestions) {
        completion.suggestions.push_back(std::move(suggestion));
      } else {
        ++completion.more;
      }
    }
  }
}

}  // namespace gyre::tracking
