#include "traces/usage.h"

#include <unordered_map>

#include "traces/store.h"

namespace gyre::traces {
namespace {

const json::Value* find(const json::Object& attributes, std::string_view key) {
  for (const auto& [name, value] : attributes) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::optional<std::int64_t> count(const json::Value* value) {
  if (!value || !value->is_number()) return std::nullopt;
  const auto number = value->number_or(0);
  constexpr double kMost = 1e15;
  if (!(number >= 0 && number <= kMost)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

void add(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& part) {
  if (part) sum = sum.value_or(0) + *part;
}

}  // namespace

Tokens tokens_of(const json::Object& attributes) {
  if (const auto* usage = find(attributes, kAttributeTokens)) {
    auto value = *usage;
    if (const auto* text = usage->if_string()) value = json::parse(*text).value_or(json::Value());  // encoded by the client
    return {count(value.find("input_tokens")), count(value.find("output_tokens")), count(value.find("total_tokens"))};
  }
  Tokens tokens{count(find(attributes, "gen_ai.usage.input_tokens")), count(find(attributes, "gen_ai.usage.output_tokens")),
                count(find(attributes, "gen_ai.usage.total_tokens"))};
  if (!tokens.total && tokens.input && tokens.output) tokens.total = *tokens.input + *tokens.output;
  return tokens;
}

Tokens sum_of(const std::vector<SpanTokens>& spans) {
  std::unordered_map<std::string_view, const SpanTokens*> by_id;
  for (const auto& span : spans) by_id[span.span_id] = &span;
  const auto is_spoken_for = [&](const SpanTokens& span) {
    auto above = by_id.find(span.parent_id);
    for (std::size_t steps = 0; above != by_id.end() && steps < spans.size(); ++steps) {  // parents may go in a circle
      if (above->second->tokens.any()) return true;
      above = by_id.find(above->second->parent_id);
    }
    return false;
  };
  Tokens sum;
  for (const auto& span : spans) {
    if (!span.tokens.any() || is_spoken_for(span)) continue;
    add(sum.input, span.tokens.input);
    add(sum.output, span.tokens.output);
    add(sum.total, span.tokens.total);
  }
  return sum;
}

}  // namespace gyre::traces
