// gyre retention ls, plan, set, rm: rules that put runs into the bin.
#include <fmt/format.h>

#include "app/cli/confirm.h"
#include "app/cli/retention.h"
#include "app/cli/run_ref.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

std::string sentence_of(const json::Value& rule) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (const auto filter = rule["filter"].string_or(""); !filter.empty()) add(safe(filter));
  if (rule["older_than_ms"].int_or(0) > 0) add("older than " + duration(rule["older_than_ms"]));
  if (rule["keep_latest"].int_or(0) > 0) add(fmt::format("but the latest {}", rule["keep_latest"].int_or(0)));
  if (rule["keep_best"].int_or(0) > 0)
    add(fmt::format("but the best {} by {}{}", rule["keep_best"].int_or(0), rule["lowest"].bool_or(false) ? "the least " : "",
                    safe(rule["metric"].string_or(""))));
  return text;
}

Result<json::Value> rule_of(const Invocation& call, Remote& remote) {
  json::Value rule = json::Object{{"name", call.positional("name")}, {"filter", call.option("filter")}, {"older_than", call.option("older-than")}};
  rule.set("experiment", TRY(experiment_id(remote, without_kind(call.option("exp"), "experiment"))));
  rule.set("keep_latest", TRY(limit_of(call, "keep-latest")));
  rule.set("keep_best", TRY(limit_of(call, "keep-best")));
  rule.set("metric", call.option("metric"));
  rule.set("lowest", call.has("lowest"));
  return rule;
}

std::string several(const json::Value& number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number.int_or(0)), noun, number.int_or(0) == 1 ? "" : "s");
}

// "12 runs and 3 logged models (34,567 points, 1.2 MiB of files)"
std::string figures_of(const json::Value& plan) {
  return fmt::format("{}{}{} ({}, {} of files)", plan["more"].bool_or(false) ? "more than " : "", several(plan["runs"], "run"),
                     plan["models"].int_or(0) == 0 ? "" : " and " + several(plan["models"], "logged model"), several(plan["points"], "point"),
                     human_bytes(plan["bytes"].int_or(0)));
}

Result<int> show_plan(const Invocation& call, Remote& remote, const json::Value& rule) {
  const auto plan = TRY(remote.post(retention_path("/plan"), rule));
  if (call.json) return print_document(call, "retention-plan/1", plan);
  if (call.quiet) {
    for (const auto& row : items(plan["rows"])) fmt::print("{}\n", reference(row));
    return kDone;
  }
  Table table({{"RUN"}, {"STATUS"}, {"ENDED"}, {"POINTS", true, 1}, {"FILES", true, 2}, {"ID", false, 3}});
  const auto now = human() ? remote.now_ms() : 0;
  for (const auto& row : items(plan["rows"]))
    table.add({text(row["name"]), text(row["status"]), age(row["ended_at"], now), count(row["points"]), bytes(row["bytes"]), text(row["id"])});
  table.print();
  tell(fmt::format("{} would go into the bin", figures_of(plan)));
  tell_kept(plan);
  tell("nothing was changed");
  return kDone;
}

// What goes into the bin at once, how much it is, and when it is gone for good.
Result<std::string> outlook(Remote& remote, const json::Value& rule) {
  const auto plan = TRY(remote.post(retention_path("/plan"), rule));
  const auto window_ms = TRY(remote.get(retention_path()))["undo_window_ms"].int_or(0);
  if (plan["runs"].int_or(0) == 0) return std::string("nothing goes into the bin now, and from then on what comes to match");
  return fmt::format("into the bin now: {}, gone for good on {}; and from then on what comes to match", figures_of(plan),
                     day(json::Value(to_iso(remote.now_ms() + window_ms))));
}

}  // namespace

Result<int> list_rules(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, retention_path("/rules"), {}, call));
  const auto names = TRY(experiment_names(remote));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"retention-rule-list/1", "no rule yet · gyre retention set NAME --filter TEXT makes one", "rules",
                Table({{"RULE"}, {"TAKES", false, 0, Table::Cut::end}, {"EXPERIMENT", false, 2}, {"TAKEN", true, 1}, {"LAST", false, 3}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const auto experiment = row["experiment"].string_or("");
    const auto known = names.find(experiment);
    table.add({text(row["name"]), sentence_of(row), experiment.empty() ? "all" : safe(known == names.end() ? experiment : known->second), count(row["binned"]),
               age(row["applied_at"], now)});
  });
}

Result<int> plan_rule(const Invocation& call) {
  Remote remote(call);
  return show_plan(call, remote, TRY(rule_of(call, remote)));
}

Result<int> set_rule(const Invocation& call) {
  Remote remote(call);
  const auto rule = TRY(rule_of(call, remote));
  if (call.has("dry-run")) return show_plan(call, remote, rule);
  const auto told = TRY(outlook(remote, rule));
  TRY(confirm(call, told));
  if (call.has("yes")) tell(told);
  const auto done = TRY(remote.post(retention_path("/rules"), rule));
  return print_done(call, done, done["undo"].string_or(""));
}

Result<int> remove_rule(const Invocation& call) {
  Remote remote(call);
  const auto answer = TRY(remote.send({.method = "DELETE", .url = retention_path("/rules/" + segment(call.positional("name"))), .headers = {}, .body = {}}));
  return print_done(call, TRY(json::parse(answer.body)));
}

}  // namespace gyre::cli
