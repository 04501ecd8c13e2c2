// gyre retention: the bin, the rules that fill it, and what goes for good.
#include "app/cli/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/cli/confirm.h"
#include "app/cli/run_ref.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

constexpr std::string_view kWay = "/api/v1/retention";

std::string path(std::string_view below) { return fmt::format("{}{}", kWay, below); }

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

Result<int> ls(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, path("/rules"), {}, call));
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

Result<std::int64_t> number_of(const Invocation& call, std::string_view flag) {
  const auto text = call.option(flag, "0");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0) return number;
  return fail(Code::invalid, fmt::format("--{} '{}' is no number of them", flag, text));
}

Result<json::Value> rule_of(const Invocation& call, Remote& remote) {
  json::Value rule = json::Object{{"name", call.positional("name")}, {"filter", call.option("filter")}, {"older_than", call.option("older-than")}};
  rule.set("experiment", TRY(experiment_id(remote, without_kind(call.option("exp"), "experiment"))));
  rule.set("keep_latest", TRY(number_of(call, "keep-latest")));
  rule.set("keep_best", TRY(number_of(call, "keep-best")));
  rule.set("metric", call.option("metric"));
  rule.set("lowest", call.has("lowest"));
  return rule;
}

void tell_kept(const json::Value& answer) {
  for (const auto& kept : items(answer["kept"])) tell(fmt::format("kept  {}:{}  {}", text(kept["kind"]), text(kept["id"]), text(kept["why"])));
  const auto untold = answer["kept_total"].int_or(0) - std::ssize(items(answer["kept"]));
  if (untold > 0) tell(fmt::format("and {} more are kept", untold));
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
  const auto plan = TRY(remote.post(path("/plan"), rule));
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

Result<int> plan(const Invocation& call) {
  Remote remote(call);
  return show_plan(call, remote, TRY(rule_of(call, remote)));
}

// What goes into the bin at once, how much it is, and when it is gone for good.
Result<std::string> outlook(Remote& remote, const json::Value& rule) {
  const auto plan = TRY(remote.post(path("/plan"), rule));
  const auto window_ms = TRY(remote.get(kWay))["undo_window_ms"].int_or(0);
  if (plan["runs"].int_or(0) == 0) return std::string("nothing goes into the bin now, and from then on what comes to match");
  return fmt::format("into the bin now: {}, gone for good on {}; and from then on what comes to match", figures_of(plan),
                     day(json::Value(to_iso(remote.now_ms() + window_ms))));
}

Result<int> set(const Invocation& call) {
  Remote remote(call);
  const auto rule = TRY(rule_of(call, remote));
  if (call.has("dry-run")) return show_plan(call, remote, rule);
  const auto told = TRY(outlook(remote, rule));
  TRY(confirm(call, told));
  if (call.has("yes")) tell(told);
  const auto done = TRY(remote.post(path("/rules"), rule));
  return print_done(call, done, done["undo"].string_or(""));
}

Result<int> rm(const Invocation& call) {
  Remote remote(call);
  const auto answer = TRY(remote.send({.method = "DELETE", .url = path("/rules/" + segment(call.positional("name"))), .headers = {}, .body = {}}));
  return print_done(call, TRY(json::parse(answer.body)));
}

Result<int> window(const Invocation& call) {
  Remote remote(call);
  if (call.positional("duration").empty()) {
    const auto found = TRY(remote.get(kWay));
    if (call.json) return print_document(call, "retention/1", found);
    fmt::print("{}\n", duration(found["undo_window_ms"]));
    return kDone;
  }
  return print_done(call, TRY(remote.post(kWay, json::Object{{"undo_window", call.positional("duration")}})));
}

// "12 of 100"; for people with a bar. Nothing where there is no limit.
std::string filled(const json::Value& row, std::string_view what) {
  const auto limit = row["limits"][what].int_or(0);
  if (limit == 0) return nothing();
  const auto shown = [&](const json::Value& amount) { return what == "bytes" ? bytes(amount) : count(amount); };
  const auto text = fmt::format("{} of {}", shown(row["use"][what]), shown(row["limits"][what]));
  if (!human()) return text;
  const auto share = static_cast<double>(row["use"][what].int_or(0)) / static_cast<double>(limit);
  return fmt::format("{} {}", bar(std::min(1.0, share), 8), text);
}

Result<int> list_quotas(const Invocation& call, Remote& remote) {
  const auto all = TRY(list(remote, path("/quotas"), {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"retention-quota-list/1", "no quota yet · gyre retention quota EXPERIMENT --runs N sets one", "quotas",
                Table({{"EXPERIMENT"}, {"RUNS"}, {"POINTS"}, {"FILES"}, {"THEN"}, {"COUNTED", false, 1}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["name"]), filled(row, "runs"), filled(row, "points"), filled(row, "bytes"), text(row["on_exceed"]), age(row["counted_at"], now)});
  });
}

Result<int> quota(const Invocation& call) {
  Remote remote(call);
  const auto named = call.positional("experiment");
  if (named.empty()) return list_quotas(call, remote);
  const auto scope = named == "all" ? std::string("all") : TRY(experiment_id(remote, without_kind(named, "experiment")));
  if (call.has("rm")) {
    const auto answer = TRY(remote.send({.method = "DELETE", .url = path("/quotas/" + segment(scope)), .headers = {}, .body = {}}));
    return print_done(call, TRY(json::parse(answer.body)));
  }
  json::Value wanted = json::Object{{"experiment", scope}, {"bytes", call.option("bytes")}, {"on_exceed", call.option("on-exceed", "refuse")}};
  wanted.set("runs", TRY(number_of(call, "runs")));
  wanted.set("points", TRY(number_of(call, "points")));
  if (call.option("on-exceed") == "oldest") TRY(confirm(call, fmt::format("the oldest runs of {} go into the bin as soon as there is more than that", named)));
  const auto done = TRY(remote.post(path("/quotas"), wanted));
  return print_done(call, done, done["undo"].string_or(""));
}

Result<int> bin(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, path("/bin"), {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"bin-list/1", "the bin is empty", "in the bin",
                Table({{"DELETED"}, {"KIND"}, {"SINCE"}, {"LEFT", true}, {"KEPT", false, 1, Table::Cut::end}, {"REF", false, 2}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const auto purged = from_iso(row["purged_at"].string_or(""));
    const auto left = !human()                             ? text(row["purged_at"])
                      : !row["kept"].string_or("").empty() ? nothing()
                                                           : duration(json::Value(std::max<std::int64_t>(0, purged.value_or(now) - now)));
    table.add({text(row["name"]), text(row["kind"]), age(row["deleted_at"], now), left, text(row["kept"]), reference(row)});
  });
}

std::string order_line(const json::Value& order) {
  return fmt::format("{} runs, {} logged models and {} experiments are being taken out", count(order["runs"]), count(order["models"]),
                     count(order["experiments"]));
}

Result<int> purge(const Invocation& call) {
  Remote remote(call);
  const auto ref = call.positional("ref");
  if (ref.empty() != call.has("everything"))
    return fail(Code::invalid, "what is to be purged is not told", {}, "gyre retention purge REF --yes, or --everything for all that the bin holds");
  TRY(confirm(call, fmt::format("{} cannot be undone", ref.empty() ? "a purge of all that the bin holds" : "a purge")));
  const auto order = TRY(remote.post(path("/purge"), ref.empty() ? json::Value(json::Object{{"everything", true}}) : thing_of(ref)));
  if (call.json) return print_document(call, "purge/1", order);
  fmt::print("{}\n", order_line(order));
  tell_kept(order);
  if (order["more"].bool_or(false)) tell("there is more than one call takes: do it again");
  return kDone;
}

const Positional kName{"name", "of the rule"};
const Option kRule[] = {{"exp", "NAME", "of this experiment alone", 0, false, Names::experiment},
                        {"filter", "TEXT", "the filter language of gyre run ls"},
                        {"older-than", "DURATION", "ended so long ago: 90d"},
                        {"keep-latest", "N", "of those that match, in each experiment"},
                        {"keep-best", "N", "of those that match, by --metric"},
                        {"metric", "KEY", "what is best by it"},
                        {"lowest", "", "the least value is the best"}};

std::vector<Option> rule_options(bool dry_run) {
  std::vector<Option> options(std::begin(kRule), std::end(kRule));
  if (dry_run) options.insert(options.end(), {{"dry-run", "", "print the plan, change nothing"}, kYes});
  return options;
}

const Command kCommands[] = {
    {.noun = "retention",
     .verb = "ls",
     .summary = "Rules that put runs into the bin",
     .example = "gyre retention ls",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = ls},
    {.noun = "retention",
     .verb = "plan",
     .summary = "What a rule would take now, and what it would free",
     .example = "gyre retention plan failed-soon --filter \"status = 'FAILED' AND duration < '60s'\"",
     .positionals = {kName},
     .options = rule_options(false),
     .run = plan},
    {.noun = "retention",
     .verb = "set",
     .summary = "Make a rule, or change the one of that name",
     .example = "gyre retention set few --exp flights --older-than 90d --keep-latest 20 --keep-best 5 --metric auc\n"
                "gyre retention set failed-soon --filter \"status = 'FAILED' AND duration < '60s'\" --dry-run",
     .positionals = {kName},
     .options = rule_options(true),
     .run = set},
    {.noun = "retention",
     .verb = "rm",
     .summary = "Take a rule away; what it put into the bin stays there for its time",
     .example = "gyre retention rm failed-soon",
     .positionals = {kName},
     .options = {},
     .run = rm},
    {.noun = "retention",
     .verb = "bin",
     .summary = "What is deleted and can be restored, and for how long",
     .example = "gyre retention bin",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = bin},
    {.noun = "retention",
     .verb = "restore",
     .summary = "Bring back from the bin: some things, what a rule took, or all",
     .example = "gyre retention restore experiment:4\ngyre retention restore amber-fox bold-heron\ngyre retention restore --rule failed-soon",
     .positionals = {{"refs", "run:ID, experiment:ID, logged-model:ID or a name, as gyre retention bin has them", false, true}},
     .options = {{"rule", "NAME", "all that the rule of that name took, be it there or not"}, {"all", "", "all that the bin holds"}},
     .run = restore_from_bin},
    {.noun = "retention",
     .verb = "purge",
     .summary = "Take something out of the bin for good, before its time",
     .example = "gyre retention purge experiment:4 --yes\ngyre retention purge --everything --yes",
     .positionals = {{"ref", "run:ID, experiment:ID or logged-model:ID", false}},
     .options = {{"everything", "", "all that the bin holds"}, kYes},
     .run = purge},
    {.noun = "retention",
     .verb = "window",
     .summary = "How long what is deleted can be restored; with DURATION: set it",
     .example = "gyre retention window 14d",
     .positionals = {{"duration", "30d, 36h; 0s purges at once", false}},
     .options = {},
     .run = window},
    {.noun = "retention",
     .verb = "quota",
     .summary = "What experiments hold of what they may; with EXPERIMENT, or all: set it",
     .example = "gyre retention quota\ngyre retention quota flights --runs 1000 --points 50000000\ngyre retention quota all --bytes 10GiB --on-exceed oldest",
     .positionals = {{"experiment", "its name, or all: of all together", false}},
     .options = {kLimit,
                 kAll,
                 {"runs", "N", "at most so many"},
                 {"points", "N", "of metrics"},
                 {"bytes", "SIZE", "of files: 10GiB"},
                 {"on-exceed", "WHAT", "refuse what comes, or put the oldest runs into the bin: refuse (the default) or oldest"},
                 {"rm", "", "take the quota away"},
                 kYes},
     .run = quota},
};

}  // namespace

json::Value thing_of(std::string_view given) {
  const auto colon = given.find(':');
  const bool kinded = colon != std::string_view::npos;
  const auto kind = kinded ? given.substr(0, colon) : given.starts_with("m-") ? "logged-model" : "run";
  return json::Object{{"kind", kind}, {"id", kinded ? given.substr(colon + 1) : given}};
}

std::span<const Command> retention_commands() { return kCommands; }

}  // namespace gyre::cli
