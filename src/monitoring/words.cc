// Rules as people read them.
#include "base/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "monitoring/monitoring.h"

namespace gyre::monitoring {
namespace {

constexpr std::pair<std::string_view, std::string_view> kMetrics[] = {
    {"auc", "AUC"},
    {"log_loss", "log loss"},
    {"skill", "skill"},
    {"brier", "Brier score"},
    {"ece", "calibration error"},
    {"js", "JS distance"},
    {"psi", "PSI"},
    {"ks", "KS distance"},
    {"w1", "W1 distance"},
    {"chi2", "Cramér's V"},
    {"missing", "missing values"},
    {"unseen", "unseen categories"},
    {"share", "share"},
    {"out_of_range", "values out of range"},
};

}  // namespace

std::string metric_words(std::string_view metric) {
  const auto found = std::ranges::find(kMetrics, metric, [](const auto& entry) { return entry.first; });
  return std::string(found == std::end(kMetrics) ? metric : found->second);
}

std::string_view metric_unit(std::string_view metric) {
  return metric == "share" || metric == "missing" || metric == "unseen" || metric == "out_of_range" ? "share" : "none";
}

std::string signal_words(const Rule& rule) {
  if (rule.is_quality()) return metric_words(rule.metric);
  if (rule.value) return fmt::format("share of {} = {}", rule.column, plain_figure(*rule.value));
  return fmt::format("{} of {}", metric_words(rule.metric), rule.column);
}

std::string rule_words(const Rule& rule) {
  return fmt::format("{} {} {}, {} of {} windows", signal_words(rule), rule.above ? "above" : "below", plain_figure(rule.limit()), rule.bad_windows,
                     rule.of_windows);
}

}  // namespace gyre::monitoring
