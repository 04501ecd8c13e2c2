// gyre retention quota: what experiments hold of what they may.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/confirm.h"
#include "app/cli/retention.h"
#include "app/cli/run_ref.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

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
  const auto all = TRY(list(remote, retention_path("/quotas"), {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"retention-quota-list/1", "no quota yet · gyre retention quota EXPERIMENT --runs N sets one", "quotas",
                Table({{"EXPERIMENT"}, {"RUNS"}, {"POINTS"}, {"FILES"}, {"THEN"}, {"COUNTED", false, 1}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["name"]), filled(row, "runs"), filled(row, "points"), filled(row, "bytes"), text(row["on_exceed"]), age(row["counted_at"], now)});
  });
}

}  // namespace

Result<int> quotas(const Invocation& call) {
  Remote remote(call);
  const auto named = call.positional("experiment");
  if (named.empty()) return list_quotas(call, remote);
  const auto scope = named == "all" ? std::string("all") : TRY(experiment_id(remote, without_kind(named, "experiment")));
  if (call.has("rm")) {
    const auto answer = TRY(remote.send({.method = "DELETE", .url = retention_path("/quotas/" + segment(scope)), .headers = {}, .body = {}}));
    return print_done(call, TRY(json::parse(answer.body)));
  }
  json::Value wanted = json::Object{{"experiment", scope}, {"bytes", call.option("bytes")}, {"on_exceed", call.option("on-exceed", "refuse")}};
  wanted.set("runs", TRY(limit_of(call, "runs")));
  wanted.set("points", TRY(limit_of(call, "points")));
  if (call.option("on-exceed") == "oldest") TRY(confirm(call, fmt::format("the oldest runs of {} go into the bin as soon as there is more than that", named)));
  const auto done = TRY(remote.post(retention_path("/quotas"), wanted));
  return print_done(call, done, done["undo"].string_or(""));
}

}  // namespace gyre::cli
