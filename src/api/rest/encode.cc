#include "api/rest/encode.h"

#include <algorithm>

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxSpark = 24;

std::string_view unit_of(const policy::Check& check) {
  if (!check.unit.empty()) return check.unit;
  if (check.metric == "rows") return "rows";
  return monitoring::metric_unit(check.metric);
}

}  // namespace

std::string_view verdict_of(const policy::Check& check, bool undecided) {
  if (!check.passed) return "fail";
  if (!check.measured) return "skipped";
  return undecided ? "undecided" : "pass";
}

void write_check(Writer& writer, const policy::Check& check, bool undecided, const std::optional<Link>& evidence) {
  writer.begin_object();
  writer.field("name", check.name);
  writer.field("group", check.group.empty() ? "absolute" : check.group);
  writer.field("verdict", verdict_of(check, undecided));
  maybe_figure_field(writer, "value", check.measured ? std::optional(check.value) : std::nullopt);
  maybe_figure_field(writer, "champion", check.champion);
  maybe_figure_field(writer, "candidate", check.candidate);
  writer.field("limit", check.limit);
  writer.field("comparison", check.comparison);
  writer.field("unit", unit_of(check));
  maybe_integer_field(writer, "n", check.n > 0 ? std::optional(check.n) : std::nullopt);
  writer.key("interval");
  if (check.low && check.high) {
    writer.begin_object();
    writer.field("low", *check.low);
    writer.field("high", *check.high);
    writer.field("level", check.level);
    writer.end_object();
  } else {
    writer.null();
  }
  writer.field("text", check.note);
  maybe_link_field(writer, "evidence", evidence);
  writer.end_object();
}

void checks_field(Writer& writer, std::string_view name, const std::vector<policy::Check>& checks, bool undecided, const std::optional<Link>& evidence) {
  writer.key(name);
  writer.begin_array();
  for (const auto& check : checks) write_check(writer, check, undecided, evidence);
  writer.end_array();
}

Passed count_passed(const std::vector<policy::Check>& checks) {
  Passed passed;
  for (const auto& check : checks) {
    if (check.group == "alert" || (check.passed && !check.measured)) continue;
    ++passed.checked;
    passed.passed += check.passed;
  }
  return passed;
}

void abilities_field(Writer& writer, std::string_view name, const std::vector<Ability>& abilities) {
  writer.key(name);
  writer.begin_array();
  for (const auto& ability : abilities) {
    writer.begin_object();
    writer.field("verb", ability.verb);
    writer.field("allowed", ability.why.empty());
    writer.field("why", ability.why);
    writer.end_object();
  }
  writer.end_array();
}

void spark_fields(Writer& writer, std::vector<std::optional<double>> values, std::string_view label) {
  const auto skipped = values.size() > kMaxSpark ? values.size() - kMaxSpark : 0;
  writer.key("spark");
  writer.begin_array();
  for (std::size_t i = skipped; i < values.size(); ++i) {
    if (values[i]) {
      writer.number(*values[i]);
    } else {
      writer.null();
    }
  }
  writer.end_array();
  writer.field("spark_label", label);
}

void nullable_text_field(Writer& writer, std::string_view name, std::string_view text) {
  if (!text.empty()) return writer.field(name, text);
  writer.key(name);
  writer.null();
}

std::string_view policy_case_status(const policy::Case& one) {
  if (one.state == "waiting") return "wait";
  if (one.state == "training" || one.state == "gating") return "run";
  if (one.state == "rolling_out" || one.state == "watching") return "canary";
  if (one.state == "promoted" || one.state == "proposed") return "ok";
  return "crit";
}

std::string_view decision_status(std::string_view verdict) {
  if (verdict == "open") return "warn";
  if (verdict == "wait" || verdict == "skip") return "wait";
  if (verdict == "train") return "run";
  if (verdict == "advance") return "canary";
  if (verdict == "refuse" || verdict == "fail" || verdict == "rollback") return "crit";
  return "ok";
}

}  // namespace gyre::rest
