// gyre endpoint: what answers with a model.
#include "app/cli/endpoint.h"

#include <fmt/format.h>

#include "app/cli/checks.h"

namespace gyre::cli {
namespace {

Result<int> ls(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/endpoints", {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{
      "endpoint-list/1", "no endpoint yet · one stands in a project file: gyre pipe apply gyre.yaml", "endpoints",
      Table({{"ENDPOINT"}, {"STATUS"}, {"MODEL", false, 2}, {"ROUTES"}, {"ROWS", true}, {"A DAY", false, 3, Table::Cut::never}, {"REVISED", false, 1}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const auto status = row["status"].string_or("");
    table.add({text(row["name"]), mark(status, status), text(row["model"]["name"]), routes_line(row["routes"]), count(row["rows_total"]),
               human() ? sparkline(numbers(row["spark"])) : "", age(row["revised_at"], now)});
  });
}

void print_routes(const json::Value& routes) {
  if (items(routes).empty()) return;
  heading("routes");
  Table table({{"VERSION"}, {"ROLE"}, {"SHARE", true}, {"ROWS", true}, {"ERRORS", true}, {"P50", true}, {"P95", true}, {"P99", true, 1}});
  for (const auto& route : items(routes)) {
    const bool shadow = route["role"].string_or("") == "shadow";
    table.add({human() ? text(route["version"]["name"]) : reference(route["version"]), text(route["role"]),
               shadow ? nothing() : figure(route["weight"], "share"), count(route["rows"]), count(route["errors"]), figure(route["latency_p50_ms"], "ms"),
               figure(route["latency_p95_ms"], "ms"), figure(route["latency_p99_ms"], "ms")});
  }
  table.print(human() ? 2 : 0);
}

void print_rollout(const json::Value& rollout, std::string_view name) {
  if (rollout.is_null() || !human()) return;
  const auto rows = rollout["rows"].number_or(0), needed = rollout["rows_needed"].number_or(0);
  heading("roll-out");
  std::string stages;
  const auto at = rollout["index"].int_or(0);
  for (std::int64_t i = 0; i < std::ssize(items(rollout["stages"])); ++i) {
    const auto stage = text(items(rollout["stages"])[static_cast<std::size_t>(i)]);
    stages += fmt::format("{}{}", i == 0 ? "" : utf8() ? " → " : " -> ", i < at ? paint(stage, Tone::dim) : i == at ? paint(stage, Tone::canary) : stage);
  }
  Facts facts;
  facts.add("candidate", mark("canary", reference(rollout["candidate"])));
  facts.add("stages", stages);
  facts.add("rows", fmt::format("{}  {} of {}{}", bar(needed > 0 ? rows / needed : 0, 12), count(rollout["rows"]), count(rollout["rows_needed"]),
                                rollout["held"].bool_or(false) ? ", held" : ""));
  facts.add("way back", fmt::format("gyre endpoint rollback {}", name));
  facts.print(2);
  print_checks("live checks", rollout["checks"]);
}

void print_refused(const json::Value& refused) {
  if (items(refused).empty()) return;
  heading("refused");
  Table table({{"REASON"}, {"REQUESTS", true}, {"ROWS", true}});
  for (const auto& one : items(refused)) table.add({text(one["reason"]), count(one["requests"]), count(one["rows"])});
  table.print(human() ? 2 : 0);
}

void print_revisions(const json::Value& revisions) {
  if (items(revisions).empty() || !human()) return;
  constexpr std::size_t kMost = 8;
  heading("revisions");
  Table table({{"AT"}, {"WHAT", false, 0, Table::Cut::wrap}});
  std::size_t shown = 0;
  for (const auto& flag : items(revisions)) {
    if (shown++ < kMost) table.add({moment(flag["at"]), fmt::format("{} {}", glyph(flag["status"].string_or("")), text(flag["text"]))});
  }
  table.print(2);
}

Result<int> show(const Invocation& call) {
  Remote remote(call);
  const auto endpoint = TRY(remote.get(api("endpoints", without_kind(call.positional("endpoint"), "endpoint"))));
  if (call.json) return print_document(call, "endpoint/1", endpoint);
  if (call.quiet) return fmt::print("{}\n", reference(endpoint)), kDone;
  const auto status = endpoint["status"].string_or("");
  Facts facts;
  facts.add("endpoint",
            human() ? fmt::format("{}  {}", paint(text(endpoint["name"]), Tone::bold), mark(status, text(endpoint["sentence"]))) : text(endpoint["name"]));
  if (!human()) facts.add("status", status);
  facts.add("model", text(endpoint["model"]["name"]));
  facts.add("revision",
            human() ? fmt::format("{}, {}", count(endpoint["revision"]), age(endpoint["revised_at"], remote.now_ms())) : count(endpoint["revision"]));
  facts.add("rows", human() ? fmt::format("{}{}", count(endpoint["rows_total"]),
                                          items(endpoint["spark"]).empty() ? ""
                                                                           : fmt::format("  {} {}", paint(sparkline(numbers(endpoint["spark"])), Tone::accent),
                                                                                         text(endpoint["spark_label"])))
                            : count(endpoint["rows_total"]));
  facts.add("scores at", text(endpoint["scoring_url"]));
  facts.print();
  print_routes(endpoint["routes"]);
  print_rollout(endpoint["rollout"], endpoint["name"].string_or(""));
  print_refused(endpoint["refused"]);
  print_revisions(endpoint["revisions"]);
  if (human()) fmt::print("\n{}\n", paint(text(endpoint["example"]), Tone::dim));
  tell_page(remote, endpoint);
  return kDone;
}

Result<int> rollback(const Invocation& call) { return act_on_rollout(call, "rollback"); }
Result<int> hold(const Invocation& call) { return act_on_rollout(call, "hold"); }
Result<int> resume(const Invocation& call) { return act_on_rollout(call, "resume"); }
Result<int> advance(const Invocation& call) { return act_on_rollout(call, "advance"); }

const Positional kEndpoint{"endpoint", "its name", true, false, Names::endpoint};
const Option kReason{"reason", "TEXT", "kept with the change"};

const Command kCommands[] = {
    {.noun = "endpoint",
     .verb = "ls",
     .summary = "Endpoints and what they answer with",
     .example = "gyre endpoint ls",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = ls},
    {.noun = "endpoint",
     .verb = "show",
     .summary = "An endpoint: routes, roll-out, refused requests, revisions",
     .example = "gyre endpoint show flights-late",
     .positionals = {kEndpoint},
     .options = {},
     .run = show},
    {.noun = "endpoint",
     .verb = "deploy",
     .summary = "Let versions of the endpoint's model answer, by shares of the requests",
     .example = "gyre endpoint deploy flights-late 3\ngyre endpoint deploy flights-late 3=0.9 4=0.1 --shadow 5 --reason 'a look at v4'",
     .positionals = {kEndpoint, {"routes", "VERSION or VERSION=SHARE; a version is a number or an alias", true, true}},
     .options = {{"shadow", "VERSION", "sees every request and answers none", 0, true}, kReason, {"dry-run", "", "print the plan, change nothing"}},
     .run = deploy_versions},
    {.noun = "endpoint",
     .verb = "rollback",
     .summary = "Go back to what answered before",
     .example = "gyre endpoint rollback flights-late --reason 'too many refusals'",
     .positionals = {kEndpoint},
     .options = {kReason},
     .run = rollback},
    {.noun = "endpoint",
     .verb = "hold",
     .summary = "Let the roll-out that runs stay where it is",
     .example = "gyre endpoint hold flights-late",
     .positionals = {kEndpoint},
     .options = {},
     .run = hold},
    {.noun = "endpoint",
     .verb = "resume",
     .summary = "Let a held roll-out go on",
     .example = "gyre endpoint resume flights-late",
     .positionals = {kEndpoint},
     .options = {},
     .run = resume},
    {.noun = "endpoint",
     .verb = "advance",
     .summary = "Move the roll-out to its next stage now",
     .example = "gyre endpoint advance flights-late --reason 'seen enough'",
     .positionals = {kEndpoint},
     .options = {kReason},
     .run = advance},
    {.noun = "endpoint",
     .verb = "predict",
     .summary = "Score the rows of a file",
     .example = "gyre endpoint predict flights-late flights.csv\ngyre endpoint predict flights-late - --json < request.json",
     .positionals = {kEndpoint, {"file", "CSV with a header, JSON, or one JSON object a line; - is standard input", true, false, Names::file}},
     .options = {{"batch", "N", "rows a request (1000)"}, kAll},
     .run = predict},
    {.noun = "endpoint",
     .verb = "stats",
     .summary = "Requests, rows, errors and latency by version over time",
     .example = "gyre endpoint stats flights-late --from 2001-04-01",
     .positionals = {kEndpoint},
     .options = {{"from", "TIME", "ISO 8601"}, {"to", "TIME", "ISO 8601"}, {"buckets", "N", "equal parts of the range (24)"}},
     .run = show_stats},
};

}  // namespace

std::string routes_line(const json::Value& routes) {
  std::string line;
  for (const auto& route : items(routes)) {
    const bool shadow = route["role"].string_or("") == "shadow";
    const auto share = human() ? figure(route["weight"], "share") : figure(route["weight"]);
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", text(route["version"]["name"]), shadow ? "shadow" : share);
  }
  return line.empty() ? nothing() : line;
}

std::span<const Command> endpoint_commands() { return kCommands; }

}  // namespace gyre::cli
