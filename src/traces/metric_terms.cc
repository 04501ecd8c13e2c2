#include "traces/metric_terms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gyre::traces {
namespace {

constexpr std::string_view kUsage = "(SELECT n.value FROM trace_metadata AS n WHERE n.trace_id = t.id AND n.key = 'mlflow.trace.tokenUsage')",
                           kSession = "(SELECT n.value FROM trace_metadata AS n WHERE n.trace_id = t.id AND n.key = 'mlflow.trace.session')",
                           kCost = "CASE WHEN s.content LIKE '%mlflow.llm.cost%' THEN s.content END";
constexpr std::string_view kSpread = "AVG MAX MIN PERCENTILE", kAll = "AVG MAX MIN PERCENTILE SUM", kByModel = "span_model_name span_model_provider";

constexpr std::array kOfTraces{
    MetricTerm{"trace_count", Reading::one, "1", "COUNT", "trace_name trace_status"},
    MetricTerm{"session_count", Reading::text, kSession, "COUNT", ""},
    MetricTerm{"latency", Reading::number, "t.duration_ms", kSpread, "trace_name"},
    MetricTerm{"input_tokens", Reading::tokens, kUsage, kAll, "trace_name"},
    MetricTerm{"output_tokens", Reading::tokens, kUsage, kAll, "trace_name"},
    MetricTerm{"total_tokens", Reading::tokens, kUsage, kAll, "trace_name"},
    MetricTerm{"cache_read_input_tokens", Reading::tokens, kUsage, kAll, "trace_name"},
    MetricTerm{"cache_creation_input_tokens", Reading::tokens, kUsage, kAll, "trace_name"},
};
constexpr std::array kOfSpans{
    MetricTerm{"span_count", Reading::one, "1", "COUNT", "span_model_name span_model_provider span_name span_status span_type"},
    MetricTerm{"latency", Reading::number, "(s.end_ns - s.start_ns) / 1000000", kSpread, "span_name span_status"},
    MetricTerm{"input_cost", Reading::cost, kCost, kAll, kByModel},
    MetricTerm{"output_cost", Reading::cost, kCost, kAll, kByModel},
    MetricTerm{"total_cost", Reading::cost, kCost, kAll, kByModel},
};
constexpr std::array kOfAssessments{
    MetricTerm{"assessment_count", Reading::one, "1", "COUNT", "assessment_name assessment_value"},
    MetricTerm{"assessment_value", Reading::assessment, "a.value", kSpread, "assessment_name"},
};

constexpr std::array kDimensions{
    MetricTerm{"trace_name", Reading::text, "(SELECT n.value FROM trace_tags AS n WHERE n.trace_id = t.id AND n.key = 'mlflow.traceName')", "", ""},
    MetricTerm{"trace_status", Reading::text, "t.state", "", ""},
    MetricTerm{"span_name", Reading::text, "s.name", "", ""},
    MetricTerm{"span_type", Reading::text, "s.type", "", ""},
    MetricTerm{"span_status", Reading::text, "s.status", "", ""},
    MetricTerm{"span_model_name", Reading::model, "s.content", "", ""},
    MetricTerm{"span_model_provider", Reading::provider, "s.content", "", ""},
    MetricTerm{"assessment_name", Reading::text, "a.name", "", ""},
    MetricTerm{"assessment_value", Reading::value_text, "a.value", "", ""},
};

constexpr std::array<std::string_view, 6> kKinds{"COUNT", "SUM", "AVG", "PERCENTILE", "MIN", "MAX"};

std::span<const MetricTerm> metrics_of(View view) {
  switch (view) {
    case View::traces:
      return kOfTraces;
    case View::spans:
      return kOfSpans;
    case View::assessments:
      return kOfAssessments;
  }
  std::unreachable();
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// As Python shows a list of texts.
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += fmt::format("{}'{:.80}'", text.empty() ? "" : ", ", word);
  return "[" + text + "]";
}

// Those that are not known, each once, sorted.
std::vector<std::string> strangers(std::vector<std::string> words, const std::vector<std::string>& known) {
  std::erase_if(words, [&](const std::string& word) { return std::ranges::find(known, word) != known.end(); });
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

}  // namespace

Result<View> view_named(std::string_view name) {
  if (name == "TRACES") return View::traces;
  if (name == "SPANS") return View::spans;
  if (name == "ASSESSMENTS") return View::assessments;
  return fail(Code::invalid, fmt::format("view_type must be one of ['TRACES', 'SPANS', 'ASSESSMENTS'], got '{:.80}'", name));
}

Result<const MetricTerm*> metric_named(View view, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& metric : metrics_of(view)) {
    if (metric.name == name) return &metric;
    names.emplace_back(metric.name);
  }
  return fail(Code::invalid, fmt::format("metric_name must be one of {}, got '{:.80}'", listed(names), name));
}

Result<std::vector<const MetricTerm*>> dimensions_named(const MetricTerm& metric, const std::vector<std::string>& names) {
  const auto known = words_of(metric.dimensions);
  if (const auto wrong = strangers(names, known); !wrong.empty())
    return fail(Code::invalid, fmt::format("Found invalid dimension(s): {}. Supported dimensions: {}", listed(wrong), listed(known)));
  std::vector<const MetricTerm*> found;
  for (const auto& name : names) {
    const auto* term = std::ranges::find(kDimensions, std::string_view(name), &MetricTerm::name);
    if (std::ranges::find(found, term) == found.end()) found.push_back(term);
  }
  return found;
}

Result<void> check_aggregations(const MetricTerm& metric, const std::vector<Aggregation>& aggregations) {
  std::vector<std::string> names;
  for (const auto& aggregation : aggregations) names.emplace_back(kKinds[static_cast<std::size_t>(aggregation.kind)]);
  const auto known = words_of(metric.aggregations);
  const auto wrong = strangers(names, known);
  if (wrong.empty()) return {};
  return fail(Code::invalid, fmt::format("Found invalid aggregation_type(s): {}. Supported aggregation types: {}", listed(wrong), listed(known)));
}

std::string_view source_of(View view) {
  switch (view) {
    case View::traces:
      return "traces AS t";
    case View::spans:
      return "traces AS t JOIN spans AS s ON s.trace_id = t.id";
    case View::assessments:
      return "traces AS t JOIN assessments AS a ON a.trace_id = t.id AND a.valid = 1";
  }
  std::unreachable();
}

std::string name_of(const Aggregation& aggregation) {
  if (aggregation.kind != Aggregation::Kind::percentile) return std::string(kKinds[static_cast<std::size_t>(aggregation.kind)]);
  const auto number = fmt::format("{}", aggregation.percentile);
  return fmt::format("P{}{}", number, number.find_first_of(".e") == std::string::npos ? ".0" : "");
}

}  // namespace gyre::traces
