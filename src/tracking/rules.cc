#include "tracking/rules.h"

#include <fmt/format.h>

#include <cmath>
#include <random>
#include <set>

#include "tracking/names.h"

namespace gyre::tracking {

namespace {

// Where a field of the n-th of a list stood; of the only one there is no list to name.
std::string place(const Batch& batch, std::string_view list, std::size_t n, std::string_view field) {
  return batch.single ? std::string(field) : fmt::format("{}[{}].{}", list, n, field);
}

Result<void> check_limit(std::string_view what, std::size_t count, std::size_t most) {
  if (count <= most) return {};
  return fail(Code::invalid,
              fmt::format("A batch logging request can contain at most {} {}. Got {} {}. Please split up {} across multiple requests and try again.", most,
                          what, count, what, what));
}

Result<void> check_limits(const Batch& batch) {
  TRY(check_limit("metrics", batch.metrics.size(), kMaxBatchMetrics));
  TRY(check_limit("params", batch.params.size(), kMaxBatchParams));
  TRY(check_limit("tags", batch.tags.size(), kMaxBatchTags));
  return check_limit("metrics, params, and tags", batch.metrics.size() + batch.params.size() + batch.tags.size(), kMaxBatchEntities);
}

Result<void> check_metrics(const Batch& batch) {
  std::size_t n = 0;
  for (const auto& metric : batch.metrics) {
    if (!is_plain_name(metric.key)) TRY(check_name(place(batch, "metrics", n, "name"), metric.key));
    if (metric.at_ms < 0) {
      return invalid_value(
          std::to_string(metric.at_ms), place(batch, "metrics", n, "timestamp"),
          fmt::format("metric '{}' (value={}). Timestamp must be a nonnegative long (64-bit integer) ", metric.key, python_number(metric.value)));
    }
    TRY(check_length("Metric name", metric.key, kMaxKeyCharacters));
    ++n;
  }
  return {};
}

Result<void> check_params(const Batch& batch) {
  std::size_t n = 0;
  std::set<std::string_view> keys;
  std::string twice;
  for (const auto& param : batch.params) {
    if (!keys.insert(param.key).second) twice += (twice.empty() ? "" : ", ") + python_quoted(param.key);
  }
  for (const auto& param : batch.params) {
    TRY(check_name(place(batch, "params", n++, "key"), param.key));
    TRY(check_length("Param key", param.key, kMaxKeyCharacters));
  }
  if (twice.empty()) return {};
  return fail(Code::invalid,
              fmt::format("Duplicate parameter keys have been submitted: [{}]. Please ensure the request contains only one param value per param key.", twice));
}

Result<void> check_tags(const Batch& batch) {
  std::size_t n = 0;
  for (const auto& tag : batch.tags) {
    TRY(check_name(place(batch, "tags", n, "key"), tag.key));
    TRY(check_length(place(batch, "tags", n++, "key"), tag.key, kMaxKeyCharacters));
  }
  return {};
}

}  // namespace

std::string python_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  const auto text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

Result<void> check(const Batch& batch) {
  TRY(check_limits(batch));
  TRY(check_metrics(batch));
  TRY(check_params(batch));
  return check_tags(batch);
}

std::string lifecycle_condition(std::string_view column, std::string_view view) {
  if (view == "ALL") return fmt::format("{} <> '{}'", column, kPurging);
  return fmt::format("{} = '{}'", column, view == "DELETED_ONLY" ? "deleted" : "active");
}

std::string invent_run_name() {
  constexpr std::string_view kColours[] = {"amber", "ashen", "azure", "bold",   "brisk",  "calm",  "clear", "coral", "crisp", "dapper",
                                           "deep",  "early", "fleet", "gentle", "golden", "hazel", "ivory", "jade",  "keen",  "lively"};
  constexpr std::string_view kAnimals[] = {"badger", "crane", "dolphin", "egret", "falcon", "finch",  "fox",  "gull",  "hare",   "heron",
                                           "ibis",   "jay",   "kite",    "lark",  "lynx",   "marten", "newt", "otter", "plover", "wren"};
  thread_local std::mt19937 random(std::random_device{}());
  return fmt::format("{}-{}-{}", kColours[random() % std::size(kColours)], kAnimals[random() % std::size(kAnimals)], random() % 1000);
}

}  // namespace gyre::tracking
