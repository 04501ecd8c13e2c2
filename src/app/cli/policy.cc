// gyre policy: when a model is retrained, and why not.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/checks.h"

namespace gyre::cli {
namespace {

Result<int> ls(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/policies", {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"policy-list/1", "no policy yet · one stands in a project file: gyre pipe apply gyre.yaml", "policies",
                Table({{"POLICY"},
                       {"STATE"},
                       {"SAYS", false, 0, Table::Cut::end},
                       {"TRAINED", true, 3},
                       {"PROMOTED", true, 2},
                       {"REFUSED", true, 4},
                       {"BACK", true, 5},
                       {"NEXT LOOK", false, 6}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const auto& counts = row["counts"];
    table.add({text(row["name"]), state_of(row), text(row["sentence"]), count(counts["trained"]), count(counts["promoted"]), count(counts["refused"]),
               count(counts["rolled_back"]), age(row["next_check_at"], now)});
  });
}

// The server's sentences write >= so that they can be typed; people see the sign.
std::string signs(std::string sentence) {
  if (!utf8() || !human()) return sentence;
  for (const auto& [plain, sign] : {std::pair<std::string_view, std::string_view>(">=", "≥"), {"<=", "≤"}}) {
    for (auto at = sentence.find(plain); at != std::string::npos; at = sentence.find(plain, at)) sentence.replace(at, plain.size(), sign);
  }
  return sentence;
}

// "by hand", "by alert off-timetable".
std::string by(const json::Value& trigger) {
  const auto words = text(trigger);
  return words.starts_with("by ") ? words : "by " + words;
}

std::string clause_state(const json::Value& clause) {
  const auto state = clause["state"].string_or("");
  return state == "met" ? mark("ok", "met") : state == "not_met" ? mark("wait", "not met") : mark("none", "unknown");
}

std::string distance(const json::Value& clause) {
  if (!human() || clause["fraction"].is_null()) return figure(clause["fraction"]);
  return bar(clause["state"].string_or("") == "met" ? 1 : clause["fraction"].number_or(0), 10);
}

// How far each clause is from what it asks for.
void print_clauses(std::string_view title, const json::Value& clauses) {
  if (items(clauses).empty()) return;
  heading(title);
  Table table({{"CLAUSE", false, 0, Table::Cut::wrap},
               {"STATE"},
               {"DISTANCE", false, 2},
               {"NOW", true},
               {"ASKED"},
               {"N", true, 3},
               {"NOTE", false, 1, Table::Cut::wrap}});
  for (const auto& clause : items(clauses)) {
    const auto unit = clause["unit"].string_or("none");
    const auto asked = clause["limit"].is_null() ? nothing() : signs(fmt::format("{} {}", clause["comparison"].string_or(""), figure(clause["limit"], unit)));
    table.add({text(clause["text"]), clause_state(clause), distance(clause), figure(clause["value"], unit), asked, count(clause["n"]),
               safe(clause["note"].string_or(""))});
  }
  table.print(human() ? 2 : 0);
}

void print_then(const json::Value& steps) {
  if (items(steps).empty() || !human()) return;
  constexpr std::size_t kIndent = 4;
  heading("then");
  for (const auto& step : items(steps)) {
    const auto state = step["state"].string_or("");
    const auto* sign = state == "done" ? "ok" : state == "now" ? "run" : state == "failed" ? "crit" : "wait";
    const auto lines = wrapped(signs(text(step["text"])), terminal_width() - kIndent);
    fmt::print("  {} {}\n", glyph(sign), fmt::join(lines, "\n    "));
  }
}

Facts case_facts(const json::Value& one) {
  Facts facts;
  facts.add("case", human() ? fmt::format("{}  {}", text(one["id"]), mark(one["status"].string_or(""), text(one["state"]))) : text(one["id"]));
  facts.add("opened", human() ? fmt::format("{} {}", moment(one["opened_at"]), by(one["trigger"])) : text(one["opened_at"]));
  facts.add("onset", one["onset"].is_null() ? "" : moment(one["onset"]));
  for (const auto name : {"alert", "pipeline_run", "candidate", "champion"})
    facts.add(name == std::string_view("pipeline_run") ? "run" : name, one[name].is_null() ? "" : label(one[name]));
  facts.add("closed", one["closed_at"].is_null() ? "" : moment(one["closed_at"]));
  return facts;
}

Result<int> show_policy(const Invocation& call, Remote& remote, const std::string& name) {
  const auto policy = TRY(remote.get(api("policies", name)));
  if (call.json) return print_document(call, "policy/1", policy);
  if (call.quiet) return fmt::print("{}\n", reference(policy)), kDone;
  const auto& counts = policy["counts"];
  Facts facts;
  facts.add("policy", human() ? fmt::format("{}  {}", paint(text(policy["name"]), Tone::bold), state_of(policy)) : text(policy["name"]));
  facts.add(human() ? "now" : "says", text(policy["sentence"]));
  facts.add("for", human() ? fmt::format("{} {} by {} {}", kind_glyph("endpoint"), text(policy["endpoint"]["name"]), kind_glyph("pipeline"),
                                         text(policy["pipeline"]["name"]))
                           : reference(policy["endpoint"]));
  facts.add("so far", fmt::format("{} decisions: {} trained, {} promoted, {} refused, {} rolled back", count(counts["decisions"]), count(counts["trained"]),
                                  count(counts["promoted"]), count(counts["refused"]), count(counts["rolled_back"])));
  facts.add("next look", policy["next_check_at"].is_null() ? "" : moment(policy["next_check_at"]));
  facts.print();
  print_clauses("opens a case when one of these is met", policy["when"]);
  print_clauses("trains once all of these are", policy["guard"]);
  print_then(policy["then"]);
  if (!policy["case"].is_null()) {
    heading(policy["case"]["closed_at"].is_null() ? "the case that is open" : "the last case");
    case_facts(policy["case"]).print(2);
  }
  if (call.has("yaml")) fmt::print("\n{}", printable(policy["yaml"].string_or("")));
  tell_page(remote, policy);
  return kDone;
}

Result<int> show_decision(const Invocation& call, Remote& remote, const std::string& id) {
  const auto decision = TRY(remote.get(api("decisions", id)));
  if (call.json) return print_document(call, "decision/1", decision);
  if (call.quiet) return fmt::print("{}\n", reference(decision)), kDone;
  Facts facts;
  facts.add("decision",
            human() ? fmt::format("{}  {}", text(decision["id"]), mark(decision["status"].string_or(""), text(decision["verdict"]))) : text(decision["id"]));
  facts.add("policy", text(decision["policy"]["name"]));
  facts.add("at", moment(decision["at"]));
  facts.add("what", text(decision["text"]));
  facts.add("why", text(decision["reason"]));
  facts.add("candidate", decision["candidate"].is_null() ? "" : reference(decision["candidate"]));
  facts.add("looked at", labels(decision["links"]));
  facts.print();
  print_checks("evidence", decision["checks"]);
  tell_page(remote, decision);
  return kDone;
}

Result<int> show(const Invocation& call) {
  Remote remote(call);
  const auto name = call.positional("name");
  if (name.starts_with("decision:") || name.starts_with("de_")) return show_decision(call, remote, without_kind(name, "decision"));
  return show_policy(call, remote, without_kind(name, "policy"));
}

Result<int> decisions(const Invocation& call) {
  Remote remote(call);
  const Query query{{"from", call.option("from")}, {"to", call.option("to")}, {"verdict", call.option("verdict")}};
  const auto all = TRY(list(remote, api("policies", without_kind(call.positional("policy"), "policy"), "decisions"), query, call));
  ListView view{"decision-list/1", "no decision", "decisions",
                Table({{"AT"},
                       {"VERDICT"},
                       {"DECIDED", false, 0, Table::Cut::end},
                       {"BECAUSE", false, 0, Table::Cut::end},
                       {"CHECKS", false, 1},
                       {"DECISION", false, 2, Table::Cut::never}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const auto checked = row["checked"].int_or(0);
    table.add({human() ? moment(row["at"]).substr(0, 16) : text(row["at"]), mark(row["status"].string_or(""), text(row["verdict"])), text(row["text"]),
               text(row["reason"]), checked > 0 ? fmt::format("{}/{}", row["passed"].int_or(0), checked) : "", text(row["id"])});
  });
}

Result<int> act(const Invocation& call, std::string_view action, std::string_view undo) {
  Remote remote(call);
  const auto name = without_kind(call.positional("policy"), "policy");
  json::Value body = json::Object{};
  body.set("action", action);
  if (call.has("reason")) body.set("reason", call.option("reason"));
  return print_done(call, TRY(remote.post(api("policies", name), body)), undo.empty() ? "" : fmt::format("gyre policy {} {}", undo, name));
}

Result<int> pause(const Invocation& call) { return act(call, "pause", "resume"); }
Result<int> resume(const Invocation& call) { return act(call, "resume", "pause"); }
Result<int> fire(const Invocation& call) {
  const auto outcome = TRY(act(call, "fire", ""));
  if (!call.json && human()) tell(fmt::format("next  gyre policy show {}", without_kind(call.positional("policy"), "policy")));
  return outcome;
}

const Positional kPolicy{"policy", "its name", true, false, Names::policy};
const Option kReason{"reason", "TEXT", "kept with the change"};

const Command kCommands[] = {
    {.noun = "policy",
     .verb = "ls",
     .summary = "Policies and what they do now",
     .example = "gyre policy ls",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = ls},
    {.noun = "policy",
     .verb = "show",
     .summary = "How far a policy is from its triggers and why it does not train; or one decision with its evidence",
     .example = "gyre policy show retrain-on-drift\ngyre policy show de_01jd3k7q2m",
     .positionals = {{"name", "of a policy or a decision", true, false, Names::policy}},
     .options = {{"yaml", "", "the policy as it stands in the project file too"}},
     .run = show},
    {.noun = "policy",
     .verb = "decisions",
     .summary = "All that it decided, also 'not yet' and 'no', newest first",
     .example = "gyre policy decisions retrain-on-drift --verdict refuse",
     .positionals = {kPolicy},
     .options = {{"verdict", "WORD", "open, wait, train, gate, refuse, advance, promote, rollback, keep, skip or fail"},
                 {"from", "TIME", "ISO 8601"},
                 {"to", "TIME", "ISO 8601"},
                 kLimit,
                 kAll},
     .run = decisions},
    {.noun = "policy",
     .verb = "fire",
     .summary = "Open a case by hand; refused while one is open",
     .example = "gyre policy fire retrain-on-drift --reason 'new airports'",
     .positionals = {kPolicy},
     .options = {kReason},
     .run = fire},
    {.noun = "policy",
     .verb = "pause",
     .summary = "Let it decide nothing for now",
     .example = "gyre policy pause retrain-on-drift",
     .positionals = {kPolicy},
     .options = {kReason},
     .run = pause},
    {.noun = "policy",
     .verb = "resume",
     .summary = "Let it decide again",
     .example = "gyre policy resume retrain-on-drift",
     .positionals = {kPolicy},
     .options = {kReason},
     .run = resume},
};

}  // namespace

std::span<const Command> policy_commands() { return kCommands; }

}  // namespace gyre::cli
