#include "app/demo/print.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/terminal.h"
#include "base/json_writer.h"

namespace gyre::demo {
namespace {

using cli::paint;
using cli::Table;
using cli::Tone;

void heading(std::string_view text) { fmt::print("\n{}\n", paint(text, Tone::bold)); }

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

void print_weeks(const Summary& summary) {
  heading("Weeks: what the endpoint answered, beside the first model kept for ever and one retrained every 28 days");
  Table table({{"WEEK OF"},
               {"FLIGHTS", true},
               {"LATE", true},
               {"OFF TIMETABLE", true},
               {"AUC", true},
               {"ESTIMATED", true},
               {"NEVER", true},
               {"28 DAYS", true},
               {"LOG LOSS", true},
               {"ESTIMATED", true},
               {"NEVER", true},
               {"28 DAYS", true}});
  for (const auto& week : summary.weeks) {
    const auto &served = week.quality[kServed], &never = week.quality[kNever], &calendar = week.quality[kCalendar];
    const auto figure = [](double value) { return fmt::format("{:.3f}", value); };
    table.add({to_iso_date(week.monday_ms), cli::human_count(served.n), percent(served.rate), percent(week.off_timetable), figure(served.auc),
               figure(week.estimated_auc), figure(never.auc), figure(calendar.auc), figure(served.log_loss), figure(week.estimated_log_loss),
               figure(never.log_loss), figure(calendar.log_loss)});
  }
  table.print();
  fmt::print(
      "{}\n",
      paint("ESTIMATED is what the monitor thought before labels came: it holds only while lateness depends on what the model sees as it used to.", Tone::dim));
}

void print_versions(const Summary& summary) {
  heading("Versions");
  Table table({{"VERSION"}, {"MADE"}, {"BY"}, {"ANSWERED FROM"}});
  for (const auto& version : summary.versions) {
    std::string by = "?", from = "never";
    for (const auto& decision : summary.decisions) {
      if (decision.candidate == version.version) by = decision.policy;
    }
    for (const auto& revision : summary.revisions) {
      const auto answers = [&](const serving::Route& route) { return route.version == version.version && route.role == "primary"; };
      if (from == "never" && std::ranges::any_of(revision.routes, answers)) from = to_iso_date(revision.at_ms);
    }
    table.add({fmt::format("v{}", version.version), to_iso_date(version.created_ms), by, from});
  }
  table.print();
}

void print_decisions(const Summary& summary) {
  heading("Decisions, all but the waiting for more labels");
  Table table({{"DATE"}, {"POLICY"}, {"DECISION"}, {"WHY"}});
  for (const auto& decision : summary.decisions) {
    if (decision.verdict != "wait") table.add({to_iso_date(decision.at_ms), decision.policy, decision.text, decision.reason});
  }
  table.print();
}

void print_cost(const Summary& summary) {
  heading("Cost");
  Table table({{"STARTED BY"}, {"TRAININGS", true}, {"CPU", true}});
  for (const auto& [who, cost] : summary.cost)
    table.add({who, std::to_string(cost.trainings), fmt::format("{:.1f} s", static_cast<double>(cost.cpu_ms) / 1000)});
  table.print();
}

std::string gain_sentence(const Gain& gain, std::string_view over) {
  return fmt::format("{:+.3f} log loss a flight over '{}', 95 % interval {:+.3f} to {:+.3f} ({} flights on {} days)", gain.mean, over, gain.low, gain.high,
                     cli::human_count(gain.rows), gain.days);
}

void print_result(const Summary& summary) {
  heading("Result, from 1 April on, on the same flights");
  for (const auto contender : {kServed, kNever, kCalendar}) {
    const auto& quality = summary.since_break[contender];
    fmt::print("{:<14}  AUC {:.3f}  log loss {:.3f}\n", kContenderNames[contender], quality.auc, quality.log_loss);
  }
  for (const auto other : {kNever, kCalendar}) fmt::print("gain {}\n", gain_sentence(summary.gain[other], kContenderNames[other]));
  fmt::print("{} flights were scored, {} refused for an airport that the model had not learned.\n", cli::human_count(summary.scored),
             cli::human_count(summary.refused));
  fmt::print("{}\n", paint("This is one break in one half-year, and its limits were chosen on the same half-year: it shows that the loop works, not that these "
                           "limits suit other data.",
                           Tone::dim));
}

void write_quality(json::Writer& writer, std::string_view name, const monitoring::Quality& quality) {
  writer.key(name);
  writer.begin_object();
  writer.field("n", quality.n);
  writer.field("rate", quality.rate);
  writer.field("auc", quality.auc);
  writer.field("log_loss", quality.log_loss);
  writer.end_object();
}

void write_gain(json::Writer& writer, std::string_view name, const Gain& gain) {
  writer.key(name);
  writer.begin_object();
  writer.field("mean", gain.mean);
  writer.field("low", gain.low);
  writer.field("high", gain.high);
  writer.field("rows", gain.rows);
  writer.field("days", gain.days);
  writer.end_object();
}

void write_weeks(json::Writer& writer, const Summary& summary) {
  writer.key("weeks");
  writer.begin_array();
  for (const auto& week : summary.weeks) {
    writer.begin_object();
    writer.field("monday", to_iso_date(week.monday_ms));
    writer.field("off_timetable", week.off_timetable);
    writer.field("estimated_auc", week.estimated_auc);
    writer.field("estimated_log_loss", week.estimated_log_loss);
    for (const auto contender : {kServed, kNever, kCalendar}) write_quality(writer, kContenderNames[contender], week.quality[contender]);
    writer.end_object();
  }
  writer.end_array();
}

void write_happenings(json::Writer& writer, const Summary& summary) {
  writer.key("alerts");
  writer.begin_array();
  for (const auto& alert : summary.alerts) {
    writer.begin_object();
    writer.field("rule", alert.rule);
    writer.field("opened", to_iso(alert.opened_ms));
    writer.field("onset", to_iso(alert.onset_ms));
    writer.field("value", alert.value);
    writer.end_object();
  }
  writer.end_array();
  writer.key("decisions");
  writer.begin_array();
  for (const auto& decision : summary.decisions) {
    writer.begin_object();
    writer.field("at", to_iso(decision.at_ms));
    writer.field("policy", decision.policy);
    writer.field("verdict", decision.verdict);
    writer.field("text", decision.text);
    writer.field("reason", decision.reason);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

void print(const Plan& plan, const Summary& summary) {
  print_weeks(summary);
  print_versions(summary);
  print_decisions(summary);
  print_cost(summary);
  if (plan.last_day >= kCompareFrom) print_result(summary);
}

void print_json(const Plan& plan, const Summary& summary, const std::vector<std::string>& missing) {
  json::Writer writer;
  writer.begin_object();
  writer.field("schema", "demo/1");
  writer.field("plan", plan.fingerprint());
  writer.field("showed", missing.empty());
  writer.key("missing");
  writer.begin_array();
  for (const auto& sentence : missing) writer.string(sentence);
  writer.end_array();
  writer.field("scored", summary.scored);
  writer.field("refused", summary.refused);
  for (const auto contender : {kServed, kNever, kCalendar}) write_quality(writer, kContenderNames[contender], summary.since_break[contender]);
  write_gain(writer, "gain_over_never", summary.gain[kNever]);
  write_gain(writer, "gain_over_every_28_days", summary.gain[kCalendar]);
  write_weeks(writer, summary);
  write_happenings(writer, summary);
  writer.end_object();
  fmt::print("{}\n", writer.text());
}

void print_places(const std::string& url) {
  heading("The page is up");
  const auto place = [&](std::string_view path, std::string_view what) {
    fmt::print("{}  {}\n", paint(fmt::format("{}/p/default{}", url, path), Tone::accent), what);
  };
  place("", "the loop at a glance");
  place("/monitors/flights-late", "the break of 1 April: seen by slot_density at once, by labels two days later, by the estimate never");
  place("/policies/retrain-on-drift", "waiting, training, gates and roll-out, each with its evidence");
  place("/policies/weekly-proposal", "what the gates refused");
  place("/endpoints/flights-late", "which version answered when");
  place("/lineage?focus=model-version:flights-late@1", "what came from what");
  fmt::print("{}\n", paint("Ctrl-C stops the server; the same command goes on with this data folder.", Tone::dim));
}

}  // namespace gyre::demo
