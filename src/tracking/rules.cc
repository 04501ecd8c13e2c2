#include "tracking/rules.h"

#include <fmt/format.h>

#include <random>

namespace gyre::tracking {

Result<void> check_key(std::string_view what, std::string_view key) {
  if (key.empty()) return fail(Code::invalid, fmt::format("Missing value for required parameter '{}.key'.", what));
  if (key.size() > kMaxKeyBytes) return fail(Code::invalid, fmt::format("{} name '{:.40}...' exceeded the maximum length of {} characters", what, key, kMaxKeyBytes));
  const bool unclean = key.starts_with('/') || key == "." || key.contains("..") || key.contains("//") || key.ends_with('/') || key.find('\0') != std::string_view::npos;
  if (unclean) return fail(Code::invalid, fmt::format("Invalid {} name: '{:.80}'. Names may be treated as files in certain cases, and must not resolve to other names when treated as such.", what, key));
  return {};
}

Result<void> check(const Batch& batch) {
  const auto limit = [](std::string_view what, std::size_t count, std::size_t most) -> Result<void> {
    if (count <= most) return {};
    return fail(Code::invalid, fmt::format("A batch logging request can contain at most {} {}. Got {} {}. Please split up {} across multiple requests and try again.", most, what, count, what, what));
  };
  TRY(limit("metrics", batch.metrics.size(), kMaxBatchMetrics));
  TRY(limit("params", batch.params.size(), kMaxBatchParams));
  TRY(limit("tags", batch.tags.size(), kMaxBatchTags));
  TRY(limit("metrics, params, and tags", batch.metrics.size() + batch.params.size() + batch.tags.size(), kMaxBatchEntities));
  for (const auto& metric : batch.metrics) {
    TRY(check_key("metric", metric.key));
    if (metric.at_ms < 0) {
      return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'timestamp' supplied: metric '{}' (value={}). Timestamp must be a nonnegative long (64-bit integer)",
                                             metric.at_ms, metric.key, metric.value));
    }
  }
  for (const auto& param : batch.params) {
    TRY(check_key("param", param.key));
    if (param.value.size() > kMaxParamValueBytes) {
      return fail(Code::invalid, fmt::format("Param value '{:.40}...' had length {}, which exceeded length limit of {}", param.value, param.value.size(), kMaxParamValueBytes));
    }
  }
  for (const auto& tag : batch.tags) TRY(check_key("tag", tag.key));
  return {};
}

std::string lifecycle_condition(std::string_view column, std::string_view view) {
  if (view == "ALL") return "1 = 1";
  return fmt::format("{} = '{}'", column, view == "DELETED_ONLY" ? "deleted" : "active");
}

std::string invent_run_name() {
  constexpr std::string_view kColours[] = {"amber", "ashen", "azure", "bold", "brisk", "calm", "clear", "coral", "crisp", "dapper", "deep", "early", "fleet", "gentle", "golden", "hazel", "ivory", "jade", "keen", "lively"};
  constexpr std::string_view kAnimals[] = {"badger", "crane", "dolphin", "egret", "falcon", "finch", "fox", "gull", "hare", "heron", "ibis", "jay", "kite", "lark", "lynx", "marten", "newt", "otter", "plover", "wren"};
  thread_local std::mt19937 random(std::random_device{}());
  return fmt::format("{}-{}-{}", kColours[random() % std::size(kColours)], kAnimals[random() % std::size(kAnimals)], random() % 1000);
}

}  // namespace gyre::tracking
