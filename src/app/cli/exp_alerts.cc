// gyre exp alerts, ack, rules, receivers: who is told what of runs that go on.
#include "app/cli/exp_alerts.h"

#include <fmt/format.h>

#include <charconv>
#include <iostream>

#include "app/cli/run_ref.h"

namespace gyre::cli {
namespace {

Result<json::Value> put(Remote& remote, const std::string& path, const json::Value& body) {
  const auto answer = TRY(remote.send({.method = "PUT", .url = path, .headers = {{"Content-Type", "application/json"}}, .body = json::to_text(body)}));
  return json::parse(answer.body);
}

Result<int> remove(const Invocation& call, const std::string& path) {
  Remote remote(call);
  const auto answer = TRY(json::parse(TRY(remote.send({.method = "DELETE", .url = path, .headers = {}, .body = {}})).body));
  if (call.json) return print_document(call, "done/1", answer);
  fmt::print("{}\n", text(answer["text"]));
  return kDone;
}

// Options that are numbers, as the server wants them.
Result<void> set_number(const Invocation& call, std::string_view name, std::string_view member, json::Value& body) {
  if (!call.has(name)) return {};
  const auto word = call.option(name);
  double number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return fail(Code::invalid, fmt::format("--{} is no number: '{:.40}'", name, word));
  if (member == "points" || member == "clear_points") {
    body.set(member, static_cast<std::int64_t>(number));
  } else {
    body.set(member, number);
  }
  return {};
}

json::Array words_of(const Invocation& call, std::string_view name) {
  json::Array words;
  for (const auto& word : call.list(name)) words.emplace_back(word);
  return words;
}

}  // namespace

Result<int> list_run_alerts(const Invocation& call) {
  Remote remote(call);
  const auto experiment = TRY(experiment_id(remote, without_kind(call.option("exp"), "experiment")));
  const auto all = TRY(list(remote, "/api/v1/run-alerts", {{"experiment", experiment}, {"state", call.has("open") ? "open" : ""}}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"run-alert-list/1", "no alert · gyre exp set-rule makes a rule", "alerts",
                Table({{"ALERT", false, 1, Table::Cut::end}, {"RUN"}, {"STATE"}, {"VALUE", true}, {"STEP", true}, {"OPENED"}, {"ID", false, 2}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const auto& evidence = row["evidence"];
    table.add({text(evidence["text"]), text(row["run"]["name"]), text(row["state"]),
               text(json::Value(evidence["value"].is_null() ? "" : json::to_text(evidence["value"]))),
               text(json::Value(evidence["step"].is_null() ? "" : json::to_text(evidence["step"]))), age(row["opened_at"], now), text(row["id"])});
  });
}

Result<int> acknowledge_run_alert(const Invocation& call) {
  Remote remote(call);
  const auto alert = TRY(remote.post(api("run-alerts", call.positional("alert")), json::Object{{"action", call.has("undo") ? "unack" : "ack"}}));
  if (call.json) return print_document(call, "run-alert/1", alert);
  fmt::print("{} is {}acknowledged\n", text(alert["rule"]), call.has("undo") ? "no longer " : "");
  return kDone;
}

Result<int> list_alert_rules(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/run-alert-rules", {}, call));
  ListView view{"run-alert-rule-list/1", "no rule yet · gyre exp set-rule NAME --metric loss --above 10", "rules",
                Table({{"RULE"}, {"SAYS", false, 1, Table::Cut::end}, {"EXPERIMENT"}, {"FILTER", false, 2, Table::Cut::end}, {"ACTION"}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["name"]), text(row["text"]), text(row["experiment"]), text(row["filter"]), text(row["action"])});
  });
}

Result<int> set_alert_rule(const Invocation& call) {
  Remote remote(call);
  json::Value body = json::Object{};
  const auto kind = call.option("kind", "threshold");
  body.set("kind", kind);
  body.set("experiment", TRY(experiment_id(remote, without_kind(call.option("exp"), "experiment"))));
  for (const std::string_view name : {"metric", "filter", "direction", "severity", "action"}) {
    if (call.has(name)) body.set(name, call.option(name));
  }
  for (const std::string_view name : {"above", "below"}) {
    if (!call.has(name)) continue;
    body.set("direction", name);
    TRY(set_number(call, name, "limit", body));
  }
  for (const std::string_view name : {"limit", "clear", "window", "minutes", "points"}) TRY(set_number(call, name, name, body));
  TRY(set_number(call, "clear-points", "clear_points", body));
  if (call.has("to")) body.set("receivers", words_of(call, "to"));
  const auto rule = TRY(put(remote, api("run-alert-rules", call.positional("rule")), body));
  if (call.json) return print_document(call, "run-alert-rule/1", rule);
  fmt::print("{}: {}\n", text(rule["name"]), text(rule["text"]));
  return kDone;
}

Result<int> remove_alert_rule(const Invocation& call) { return remove(call, api("run-alert-rules", call.positional("rule"))); }

Result<int> list_receivers(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/receivers", {}, call));
  ListView view{"receiver-list/1", "no receiver yet · gyre exp set-receiver NAME --kind slack --url URL", "receivers",
                Table({{"RECEIVER"}, {"KIND"}, {"URL"}, {"TO", false, 1, Table::Cut::end}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    std::string to;
    for (const auto& address : items(row["to"])) to += (to.empty() ? "" : ", ") + address.string_or("");
    table.add({text(row["name"]), text(row["kind"]), text(row["url"]), text(json::Value(to))});
  });
}

// A secret on the command line is seen by all who list processes: it comes by standard input, or from the environment.
Result<int> set_receiver(const Invocation& call) {
  Remote remote(call);
  json::Value body = json::Object{};
  for (const std::string_view name : {"kind", "url", "from", "user", "tls"}) {
    if (call.has(name)) body.set(name, call.option(name));
  }
  if (call.has("to")) body.set("to", words_of(call, "to"));
  if (call.has("on") || call.has("off")) body.set("enabled", !call.has("off"));
  if (call.has("secret-stdin")) {
    std::string secret;
    std::getline(std::cin, secret);
    body.set("secret", secret);
  }
  const auto receiver = TRY(put(remote, api("receivers", call.positional("receiver")), body));
  if (call.json) return print_document(call, "receiver/1", receiver);
  fmt::print("{}: {} at {}\n", text(receiver["name"]), text(receiver["kind"]), text(receiver["url"]));
  return kDone;
}

Result<int> test_receiver(const Invocation& call) {
  Remote remote(call);
  const auto outcome = TRY(remote.post(api("receivers", call.positional("receiver"), "test"), json::Object{}));
  if (!outcome["success"].bool_or(false))
    return answer_no(call, fmt::format("{} was not reached", call.positional("receiver")), outcome["trouble"].string_or(""),
                     "gyre exp set-receiver changes it");
  if (call.json) return print_document(call, "receiver-test/1", outcome);
  fmt::print("{} has it\n", call.positional("receiver"));
  return kDone;
}

Result<int> remove_receiver(const Invocation& call) { return remove(call, api("receivers", call.positional("receiver"))); }

}  // namespace gyre::cli
