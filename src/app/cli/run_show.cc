// gyre run show: all of one run.
#include <fmt/format.h>

#include <map>

#include "app/cli/run.h"
#include "app/cli/run_ref.h"

namespace gyre::cli {
namespace {

constexpr std::int64_t kFilesTold = 1000;  // of a run, by the server

// What a small picture of each metric shows, by its key.
Result<std::map<std::string, std::vector<double>>> sparks_of(Remote& remote, const std::string& id) {
  constexpr auto kBuckets = "16";
  const auto found = TRY(remote.get(api("runs", id, "series"), {{"keys", ""}, {"buckets", kBuckets}, {"x", "step"}}));
  std::map<std::string, std::vector<double>> by_key;
  for (const auto& one : items(found["series"])) by_key[one["key"].string_or("")] = numbers(one["last"]);
  return by_key;
}

void print_map(std::string_view title, const json::Value& values) {
  if (members(values).empty()) return;
  heading(title);
  Facts facts;
  for (const auto& [name, value] : members(values)) facts.add(human() ? safe(name) : fmt::format("{}.{}", title, safe(name)), text(value));
  facts.print(2);
}

Result<void> print_metrics(Remote& remote, const json::Value& run) {
  const auto& keys = items(run["keys"]);
  if (keys.empty()) return {};
  heading("metrics");
  const auto sparks = human() ? TRY(sparks_of(remote, run["id"].string_or(""))) : std::map<std::string, std::vector<double>>();
  Table table({{"METRIC"}, {"LAST", true}, {"", false, 1, Table::Cut::never}, {"MIN", true, 2}, {"MAX", true, 2}, {"POINTS", true, 3}});
  for (const auto& key : keys) {
    const auto name = key["key"].string_or("");
    const auto spark = sparks.find(name);
    const bool drawn = spark != sparks.end() && key["points"].int_or(0) > 1;
    table.add({text(key["key"]), figure(key["last"]), drawn ? paint(sparkline(spark->second), Tone::accent) : "", figure(key["min"]), figure(key["max"]),
               count(key["points"])});
  }
  table.print(human() ? 2 : 0);
  return {};
}
// Whom it is nested in, and who is nested in it.
struct Family {
  json::Value parent;    // null: nobody
  json::Value children;  // {total, rows}, the first of them
};

// Children begin with or after their parent, but for clocks that go differently: by that an index finds them.
Result<Family> family_of(Remote& remote, const json::Value& run) {
  constexpr std::int64_t kChildren = 20;
  Family family;
  if (const auto parent = run["parent"].string_or(""); !parent.empty()) {
    const auto found = remote.get(api("runs", parent));
    family.parent = found ? *found : json::Object{{"ref", "run:" + parent}};
  }
  const auto from_ms = from_iso(run["started_at"].string_or("")).value_or(0) - kHourMs;
  json::Value question = json::Object{{"filter", fmt::format("attributes.start_time >= {} AND parent_run_id = '{}'", from_ms, run["id"].string_or(""))}};
  question.set("experiments", json::Array{run["experiment"]["ref"].string_or("").substr(std::string_view("experiment:").size())});
  question.set("sort", json::Array{"attributes.start_time ASC"});
  question.set("columns", json::Array{"duration"});
  question.set("limit", kChildren);
  family.children = TRY(remote.post("/api/v1/runs/query", question));
  return family;
}

// "● finished child-0.1 eb8c0337", "run:eb8c03377d…"
std::string relative(const json::Value& run) {
  if (!human()) return reference(run);
  if (run["name"].is_null()) return reference(run);
  return fmt::format("{} {}  {}", without_kind(reference(run), "run").substr(0, 8), text(run["name"]), state_of(run));
}

// For people what belongs together stands on one line, for programs each fact on its own.
void print_facts(const json::Value& run, const Family& family) {
  const auto took = took_ms(run);
  Facts facts;
  if (human()) {
    facts.add("run", fmt::format("{}  {}", paint(text(run["name"]), Tone::bold), state_of(run)));
    facts.add("id", text(run["id"]));
    facts.add("experiment", text(run["experiment"]["name"]));
    facts.add("started", fmt::format("{}{}{}", moment(run["started_at"]), took.is_null() ? "" : ", took " + duration(took),
                                     run["user"].string_or("").empty() ? "" : ", by " + text(run["user"])));
  } else {
    facts.add("run", text(run["name"]));
    facts.add("id", text(run["id"]));
    facts.add("experiment", text(run["experiment"]["name"]));
    facts.add("status", text(run["state"]));
    facts.add("started", text(run["started_at"]));
    facts.add("ended", text(run["ended_at"]));
    facts.add("took", duration(took));
    facts.add("user", text(run["user"]));
  }
  facts.add("origin", chain(run["origin"]));
  if (!family.parent.is_null() || !human()) facts.add("parent", family.parent.is_null() ? "" : relative(family.parent));
  for (const auto& child : items(family.children["rows"]))
    facts.add(human() && &child != &items(family.children["rows"]).front() ? "" : "child", relative(child));
  facts.print();
}

void print_files(const json::Value& files) {
  if (items(files).empty()) return;
  heading("files");
  if (human()) {
    Table table({{"PATH"}, {"SIZE", true}});
    for (const auto& file : items(files)) table.add({text(file["path"]), bytes(file["bytes"])});
    table.print(2);
  } else {
    Facts facts;
    for (const auto& file : items(files)) facts.add(fmt::format("files.{}", text(file["path"])), bytes(file["bytes"]));
    facts.print();
  }
  if (std::ssize(items(files)) >= kFilesTold) tell(fmt::format("no more than {} files are listed", grouped(kFilesTold)));
}

}  // namespace

Result<int> show_run(const Invocation& call) {
  Remote remote(call);
  const auto run = TRY(remote.get(api("runs", TRY(run_id(remote, call, Several::take_newest)))));
  const auto family = TRY(family_of(remote, run));
  if (call.json) {
    auto document = run;
    document.set("children", family.children["rows"]);
    document.set("children_total", family.children["total"]);
    return print_document(call, "run/1", document);
  }
  if (call.quiet) return fmt::print("{}\n", reference(run)), kDone;
  print_facts(run, family);
  TRY(print_metrics(remote, run));
  print_map("params", run["params"]);
  if (call.has("tags") || !human()) print_map("tags", run["tags"]);
  print_files(run["files"]);
  const auto untold = family.children["total"].int_or(0) - std::ssize(items(family.children["rows"]));
  if (untold > 0) tell(fmt::format("and {} children more: gyre run ls --filter \"parent_run_id = '{}'\"", grouped(untold), run["id"].string_or("")));
  tell_page(remote, run);
  return kDone;
}

}  // namespace gyre::cli
