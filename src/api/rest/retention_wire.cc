#include "api/rest/retention_wire.h"

#include "base/amount.h"
#include "base/shell_word.h"

namespace gyre::rest {
namespace {

struct RuleBody {
  std::string name, experiment, filter, older_than;
  std::int64_t keep_latest = 0, keep_best = 0;
  std::string metric;
  bool lowest = false;
};
BOOST_DESCRIBE_STRUCT(RuleBody, (), (name, experiment, filter, older_than, keep_latest, keep_best, metric, lowest))

struct QuotaBody {
  std::string experiment;
  std::int64_t runs = 0, points = 0;
  std::string bytes, on_exceed = "refuse";
};
BOOST_DESCRIBE_STRUCT(QuotaBody, (), (experiment, runs, points, bytes, on_exceed))

void kept_fields(Writer& writer, const std::vector<tracking::Kept>& kept, std::int64_t total) {
  writer.field("kept_total", total);
  writer.key("kept");
  writer.begin_array();
  for (const auto& one : kept) {
    writer.begin_object();
    writer.field("kind", tracking::to_string(one.kind));
    writer.field("id", one.id);
    writer.field("why", one.why);
    writer.end_object();
  }
  writer.end_array();
}

// Of a quota or its use: {runs, points, bytes}.
template <class Amounts>
void amounts_field(Writer& writer, std::string_view name, const Amounts& amounts) {
  writer.key(name);
  writer.begin_object();
  writer.field("runs", amounts.runs);
  writer.field("points", amounts.points);
  writer.field("bytes", amounts.bytes);
  writer.end_object();
}

std::string duration_text(TimeMs ms) {
  for (const auto& [unit_ms, unit] : {std::pair(kDayMs, "d"), {kHourMs, "h"}, {kMinuteMs, "m"}, {kSecondMs, "s"}}) {
    if (ms % unit_ms == 0) return fmt::format("{}{}", ms / unit_ms, unit);
  }
  return fmt::format("{}ms", ms);
}

Link link_to(const tracking::BinItem& item) {
  if (item.kind == tracking::Kind::run) return run_link(item.id, item.name);
  auto link = experiment_link(item.experiment_id, item.name);
  if (item.kind == tracking::Kind::experiment) return link;
  link.ref = "logged-model:" + item.id;
  link.kind = tracking::to_string(item.kind);
  return link;
}

}  // namespace

Result<tracking::Rule> read_rule(const net::Request& request) {
  auto sent = TRY(body<RuleBody>(request));
  const auto older = sent.older_than.empty() ? 0 : TRY(parse_duration_ms(sent.older_than));
  if (!sent.older_than.empty() && older == 0)  // else it would take runs of any age
    return fail(Code::invalid, fmt::format("'older_than' is less than a millisecond: {:.40}", sent.older_than), {}, "30d; leave it out for runs of any age");
  return tracking::Rule{.name = std::move(sent.name),
                        .experiment_id = std::move(sent.experiment),
                        .filter = std::move(sent.filter),
                        .older_than_ms = older,
                        .keep_latest = sent.keep_latest,
                        .keep_best = sent.keep_best,
                        .metric = std::move(sent.metric),
                        .lowest = sent.lowest};
}

Result<tracking::Quota> read_quota(const net::Request& request) {
  const auto sent = TRY(body<QuotaBody>(request));
  if (sent.on_exceed != "refuse" && sent.on_exceed != "oldest")
    return fail(Code::invalid, fmt::format("'{:.40}' is nothing that a quota does", sent.on_exceed), {}, "on_exceed: refuse or oldest");
  const auto bytes = sent.bytes.empty() ? Result<std::int64_t>(0) : parse_bytes(sent.bytes);
  if (!bytes) return fail(Code::invalid, fmt::format("'{:.40}' is no number of bytes", sent.bytes), {}, "10GiB, 512MiB, 1000");
  return tracking::Quota{.experiment_id = sent.experiment == "all" ? "" : sent.experiment,
                         .runs = sent.runs,
                         .points = sent.points,
                         .bytes = *bytes,
                         .oldest = sent.on_exceed == "oldest"};
}

std::string command_of(const tracking::Rule& rule) {
  auto command = "gyre retention set " + rule.name;
  if (!rule.experiment_id.empty()) command += " --exp " + rule.experiment_id;
  if (!rule.filter.empty()) command += " --filter " + shell_word(rule.filter);
  if (rule.older_than_ms > 0) command += " --older-than " + duration_text(rule.older_than_ms);
  if (rule.keep_latest > 0) command += fmt::format(" --keep-latest {}", rule.keep_latest);
  if (rule.keep_best > 0) command += fmt::format(" --keep-best {} --metric {}{}", rule.keep_best, shell_word(rule.metric), rule.lowest ? " --lowest" : "");
  return command + " --yes";
}

std::string command_of(const tracking::Quota& quota) {
  auto command = "gyre retention quota " + scope_of(quota);
  for (const auto& [name, limit] : {std::pair("runs", quota.runs), {"points", quota.points}, {"bytes", quota.bytes}}) {
    if (limit > 0) command += fmt::format(" --{} {}", name, limit);
  }
  return command + (quota.oldest ? " --on-exceed oldest --yes" : "");
}

std::string command_that_restores(std::string_view rule, TimeMs since_ms) {
  return fmt::format("gyre retention restore --rule {} --since {}", rule, to_iso(since_ms));
}

void write_bin_item(Writer& writer, const tracking::BinItem& item) {
  writer.begin_object();
  link_fields(writer, link_to(item));
  writer.field("id", item.id);
  writer.field("experiment", item.experiment_id);
  time_field(writer, "deleted_at", item.deleted_ms);
  time_field(writer, "purged_at", item.purge_ms);
  writer.field("kept", item.kept);
  writer.end_object();
}

void write_order(Writer& writer, const tracking::PurgeOrder& order) {
  writer.begin_object();
  writer.field("runs", order.runs);
  writer.field("models", order.models);
  writer.field("experiments", order.experiments);
  kept_fields(writer, order.kept, order.kept_total);
  writer.field("more", order.more);
  writer.end_object();
}

void write_rule(Writer& writer, const tracking::StoredRule& stored) {
  const auto& rule = stored.rule;
  writer.begin_object();
  writer.field("ref", "retention-rule:" + rule.name);
  writer.field("kind", "retention-rule");
  writer.field("name", rule.name);
  writer.field("url", page_path("/e"));
  writer.field("rev", std::to_string(stored.changed_ms));
  writer.field("experiment", rule.experiment_id);
  writer.field("filter", rule.filter);
  writer.field("older_than_ms", rule.older_than_ms);
  writer.field("keep_latest", rule.keep_latest);
  writer.field("keep_best", rule.keep_best);
  writer.field("metric", rule.metric);
  writer.field("lowest", rule.lowest);
  time_field(writer, "changed_at", stored.changed_ms);
  maybe_time_field(writer, "applied_at", stored.applied_ms.value_or(0));
  writer.field("binned", stored.binned);
  writer.end_object();
}

void write_quota(Writer& writer, const tracking::StoredQuota& stored) {
  const auto& [quota, use, counted_ms] = stored;
  const auto scope = scope_of(quota);
  writer.begin_object();
  writer.field("ref", "retention-quota:" + scope);
  writer.field("kind", "retention-quota");
  writer.field("name", scope);
  writer.field("url", page_path("/e"));
  writer.field("rev", std::to_string(counted_ms.value_or(0)));
  writer.field("experiment", quota.experiment_id);
  writer.field("on_exceed", quota.oldest ? "oldest" : "refuse");
  amounts_field(writer, "limits", quota);
  amounts_field(writer, "use", use);
  maybe_time_field(writer, "counted_at", counted_ms.value_or(0));
  writer.end_object();
}

void write_plan(Writer& writer, const tracking::Plan& plan) {
  writer.begin_object();
  writer.field("runs", plan.runs);
  writer.field("models", plan.models);
  writer.field("points", plan.points);
  writer.field("bytes", plan.bytes);
  kept_fields(writer, plan.kept, plan.kept_total);
  writer.field("more", plan.more);
  writer.key("rows");
  writer.begin_array();
  for (const auto& run : plan.first) {
    writer.begin_object();
    link_fields(writer, run_link(run.id, run.name));
    writer.field("id", run.id);
    writer.field("experiment", run.experiment_id);
    writer.field("status", run.status);
    time_field(writer, "ended_at", run.ended_ms);
    writer.field("points", run.points);
    writer.field("bytes", run.bytes);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

}  // namespace gyre::rest
