#include "app/cli/run_ref.h"

#include <fmt/format.h>

#include "app/cli/view.h"
#include "base/id.h"
#include "base/nearest.h"
#include "tracking/run_id.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kLeastPrefix = 6;
constexpr std::string_view kTold = "5";  // runs of one name that are listed

Invocation every_row() {
  Invocation every;
  every.options["all"] = "1";
  return every;
}

// The filter language has two kinds of quotes, and no way to write one within itself.
Result<std::string> quoted(std::string_view name) {
  const char mark = name.contains('\'') ? '"' : '\'';
  if (!name.contains(mark)) return fmt::format("{0}{1}{0}", mark, name);
  return fail(Code::invalid, "a name with both kinds of quotes cannot be asked for", {}, "gyre run ls tells the run's id");
}

// "run:48091241…  flights, 2026-11-23 07:12:04 UTC"
std::string about(const json::Value& run) { return fmt::format("{}  {}, {}", reference(run), text(run["experiment"]["name"]), moment(run["started_at"])); }

Result<Rows> find_runs(Remote& remote, const std::string& experiment, const std::string& name) {
  Invocation some;
  some.options["limit"] = kTold;
  const auto find = [&](const std::string& filter) { return list(remote, "/api/v1/runs", {{"experiment", experiment}, {"filter", filter}}, some); };
  auto found = TRY(find(fmt::format("attributes.run_name = {}", TRY(quoted(name)))));
  const bool hex = name.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (found.rows.empty() && hex && name.size() >= kLeastPrefix) found = TRY(find(fmt::format("attributes.run_id LIKE '{}%'", name)));
  if (found.rows.empty() && tracking::may_be_run_id(name)) found = TRY(find(fmt::format("attributes.run_id = '{}'", name)));
  return found;
}

Error several_of(const Rows& found, const std::string& name, std::string fix) {
  std::string list;
  for (const auto& run : found.rows) list += fmt::format("{}{}", list.empty() ? "" : "\n", about(run));
  if (found.total > std::ssize(found.rows)) list += fmt::format("\nand {} more", grouped(found.total - std::ssize(found.rows)));
  return {Code::invalid, fmt::format("{} runs are called '{}'", grouped(found.total), name), list, std::move(fix)};
}

void tell_taken(const json::Value& run, std::int64_t total, std::string_view name) {
  tell(fmt::format("{}: the newest of {} called '{}' · an id names another", about(run), grouped(total), safe(name)));
}

}  // namespace

Result<std::map<std::string, std::string>> experiment_names(Remote& remote) {
  std::map<std::string, std::string> names;
  for (const auto& row : TRY(list(remote, "/api/v1/experiments", {}, every_row())).rows) names[row["id"].string_or("")] = row["name"].string_or("");
  return names;
}

Result<std::string> experiment_id(Remote& remote, const std::string& name) {
  if (name.empty()) return name;
  std::vector<std::string> names;
  for (const auto& [id, known] : TRY(experiment_names(remote))) {
    if (id == name || known == name) return id;
    names.push_back(known);
  }
  return fail(Code::not_found, fmt::format("there is no experiment '{}'", name), {},
              names.empty() ? "gyre exp ls lists them" : "nearest: " + nearest(name, names));
}

Result<std::string> run_id(Remote& remote, const Invocation& call, Several several) { return run_id_of(remote, call, call.positional("run"), several); }

Result<std::string> run_id_of(Remote& remote, const Invocation& call, const std::string& reference, Several several) {
  const auto name = without_kind(reference, "run");
  if (is_hex_id(name)) return name;
  const auto found = TRY(find_runs(remote, TRY(experiment_id(remote, without_kind(call.option("exp"), "experiment"))), name));
  if (found.rows.empty()) return fail(Code::not_found, fmt::format("there is no run '{}'", name), {}, "gyre run ls lists them");
  const auto& newest = found.rows.front();
  if (found.rows.size() > 1) {
    if (several == Several::refuse) return std::unexpected(several_of(found, name, "name one by its id, or with --exp where only one of them is in it"));
    tell_taken(newest, found.total, name);
  }
  return newest["id"].string_or("");
}

Result<void> refuse_namesakes(Remote& remote, const std::string& name) {
  const auto found = find_runs(remote, "", name);
  if (!found || found->rows.size() < 2) return {};
  return std::unexpected(several_of(*found, name, "name one by its id"));
}

}  // namespace gyre::cli
