// gyre monitor show: is the world still as the model learned it?
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/monitor.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kSparkWidth = 32, kRuleSparkWidth = 16, kMostColumns = 12;

// The last so many values, so that a line fits.
std::vector<double> last_values(const json::Value& list, std::size_t most) {
  auto all = numbers(list);
  if (all.size() > most) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most));
  return all;
}

json::Value last_of(const json::Value& list) {
  for (auto at = items(list).rbegin(); at != items(list).rend(); ++at) {
    if (!at->is_null()) return *at;
  }
  return {};
}

json::Value most_of(const json::Value& list) {
  json::Value most;
  for (const auto& value : items(list)) {
    const auto amount = number(value);
    if (amount && (most.is_null() || *amount > most.number_or(0))) most = value;
  }
  return most;
}

std::string level_mark(std::string_view level) {
  if (level == "crit" || level == "warn" || level == "ok") return glyph(level);
  return level == "few" ? glyph("wait") : glyph("none");
}

std::string rule_state(const json::Value& rule) {
  const auto state = rule["state"].string_or("");
  if (state == "open") return mark(rule["severity"].string_or("") == "critical" ? "crit" : "warn", state);
  return mark(state == "ok" ? "ok" : state == "pending" ? "wait" : "none", state);
}

void print_rules(const json::Value& monitor, const json::Value& signals) {
  if (items(monitor["rules"]).empty()) return;
  heading("rules");
  Table table({{"RULE"},
               {"STATE"},
               {"NOW", true},
               {"LIMIT"},
               {"", false, 2, Table::Cut::never},
               {"N", true, 4},
               {"SINCE", false, 1},
               {"WATCHES", false, 3, Table::Cut::wrap}});
  for (const auto& rule : items(monitor["rules"])) {
    const auto unit = rule["unit"].string_or("none");
    std::string spark;
    for (const auto& signal : items(signals)) {
      if (signal["rule"] == rule["name"]) spark = sparkline(resampled(numbers(signal["values"]), kRuleSparkWidth));
    }
    table.add({text(rule["name"]), rule_state(rule), figure(rule["value"], unit),
               fmt::format("{} {}", rule["direction"].string_or("") == "below" ? "<" : ">", figure(rule["limit"], unit)),
               human() ? paint(spark, Tone::accent) : "", count(rule["n"]), rule["since"].is_null() ? "" : day(rule["since"]), text(rule["text"])});
  }
  table.print(human() ? 2 : 0);
}

void print_drift(const json::Value& drift) {
  const auto& rows = items(drift["features"]);
  if (rows.empty()) return;
  heading(fmt::format("drift against the reference, {}, {} windows", text(drift["metric"]), items(drift["windows"]).size()));
  Table table({{"COLUMN"}, {"ROLE", false, 3}, {"", false, 1, Table::Cut::never}, {"LAST", true}, {"WORST", true}, {"N", true, 4}, {"", false, 2}});
  for (std::size_t i = 0; i < std::min(rows.size(), human() ? kMostColumns : rows.size()); ++i) {
    const auto& row = rows[i];
    table.add({text(row["name"]), text(row["role"]), human() ? paint(sparkline(resampled(numbers(row["values"]), kSparkWidth)), Tone::accent) : "",
               figure(last_of(row["values"])), figure(most_of(row["values"])), count(last_of(row["n"])),
               human() ? level_mark(last_of(row["levels"]).string_or("")) : last_of(row["levels"]).string_or("")});
  }
  table.print(human() ? 2 : 0);
  if (human() && rows.size() > kMostColumns) tell(fmt::format("  the worst {} of {} columns · --json has all", kMostColumns, rows.size()));
}

// Two lines a version, drawn on one scale so that they can be compared.
void print_quality(const json::Value& quality) {
  if (items(quality["versions"]).empty()) return;
  heading(fmt::format("quality, {} ({} is better)", text(quality["metric"]), quality["higher_is_better"].bool_or(true) ? "higher" : "lower"));
  if (!quality["sentence"].string_or("").empty() && human()) fmt::print("  {}\n", fmt::join(wrapped(text(quality["sentence"]), terminal_width() - 2), "\n  "));
  Table table({{"VERSION"}, {""}, {"", false, 1, Table::Cut::never}, {"LAST", true}, {"LABELLED", true, 2}});
  for (const auto& version : items(quality["versions"])) {
    auto realised = last_values(version["realised"], kSparkWidth), estimated = last_values(version["estimated"], kSparkWidth);
    const auto line = [&](std::vector<double> values, const std::vector<double>& beside) {
      const auto size = values.size();
      values.insert(values.end(), beside.begin(), beside.end());
      const auto both = sparkline(values);
      std::string own;  // the first `size` characters of a line on the scale of both
      for (std::size_t at = 0, taken = 0; at < both.size() && taken < size; ++taken) {
        const auto start = at++;
        while (at < both.size() && (static_cast<unsigned char>(both[at]) & 0xC0) == 0x80) ++at;
        own += both.substr(start, at - start);
      }
      return own;
    };
    std::int64_t labelled = 0;
    for (const auto& n : items(version["labelled"])) labelled += n.int_or(0);
    const bool kept = version["role"].string_or("") == "counterfactual";
    const auto name = human() ? text(version["version"]["name"]) + (kept ? " if kept" : "") : reference(version["version"]);
    table.add({name, "realised", human() ? paint(line(realised, estimated), Tone::accent) : "", figure(last_of(version["realised"])), count(labelled)});
    table.add({human() ? "" : name, "estimated", human() ? paint(line(estimated, realised), Tone::dim) : "", figure(last_of(version["estimated"])), ""});
  }
  table.print(human() ? 2 : 0);
}

// Its days are known where the training's evidence tells them.
std::string reference_line(const json::Value& held_out) {
  if (held_out.is_null()) return "none: the version has no held-out reference";
  const auto days =
      held_out["from"].is_null() || held_out["to"].is_null() ? std::string() : fmt::format(", {} to {}", day(held_out["from"]), day(held_out["to"]));
  return fmt::format("{} rows of {}{}", count(held_out["rows"]), reference(held_out["version"]), days);
}

Facts monitor_facts(const json::Value& monitor) {
  const auto status = monitor["status"].string_or("");
  const auto& held_out = monitor["reference"];
  const auto& labels = monitor["labels"];
  Facts facts;
  facts.add("monitor",
            human() ? fmt::format("{}  {}", paint(text(monitor["name"]), Tone::bold), mark(status, text(monitor["sentence"]))) : text(monitor["name"]));
  if (!human()) facts.add("status", status);
  facts.add("endpoint", text(monitor["endpoint"]["name"]));
  facts.add("reference", reference_line(held_out));
  facts.add("labels", human()
                          ? fmt::format("{}  {} of {}{}", bar(monitor["coverage"].number_or(0), 12), count(labels["labelled"]), count(labels["predictions"]),
                                        labels["delay_p50_ms"].is_null() ? "" : fmt::format(", half within {}", duration(labels["delay_p50_ms"])))
                          : count(labels["labelled"]));
  const auto seen = monitor["range"]["from"].is_null() ? std::string() : fmt::format(", {} to {}", day(monitor["range"]["from"]), day(monitor["range"]["to"]));
  facts.add("windows", human() ? fmt::format("of {}{}", duration(monitor["window_ms"]), seen) : "");
  return facts;
}

// Before there is anything to see: what is missing, with the command that brings it.
void print_setup(const json::Value& setup) {
  const bool all_done = std::ranges::all_of(items(setup), [](const json::Value& step) { return step["done"].bool_or(false); });
  if (all_done || !human()) return;
  heading("what it needs");
  for (const auto& step : items(setup)) {
    const bool done = step["done"].bool_or(false);
    fmt::print("  {} {}{}\n", glyph(done ? "ok" : "wait"), text(step["text"]), done ? "" : "  " + paint(text(step["command"]), Tone::dim));
  }
}

}  // namespace

Result<int> show_monitor(const Invocation& call) {
  Remote remote(call);
  const auto name = without_kind(call.positional("monitor"), "monitor");
  const auto monitor = TRY(remote.get(api("monitors", name)));
  if (call.quiet) return fmt::print("{}\n", reference(monitor)), kDone;
  const Query range{{"from", call.option("from")}, {"to", call.option("to")}};
  auto with_drift = range, with_metric = range;
  with_drift.emplace_back("metric", call.option("drift", "js"));
  with_metric.emplace_back("metric", call.option("metric", "auc"));
  const auto drift = TRY(remote.get(api("monitors", name, "drift"), with_drift));
  const auto quality = TRY(remote.get(api("monitors", name, "performance"), with_metric));
  if (call.json) {
    auto document = monitor;
    document.set("drift", drift);
    document.set("performance", quality);
    return print_document(call, "monitor/1", document);
  }
  monitor_facts(monitor).print();
  print_setup(monitor["setup"]);
  print_rules(monitor, drift["signals"]);
  print_drift(drift);
  print_quality(quality);
  tell_page(remote, monitor);
  return kDone;
}

}  // namespace gyre::cli
