// The loop as one picture: data -> train -> model -> serve -> monitor, and back. Inside home's routes only.
#pragma once

#include "api/rest/refs.h"
#include "api/rest/wire.h"

namespace gyre::rest {

// What the picture is drawn from: of all there is, the line that most needs a look.
struct LoopFacts {
  TimeMs now_ms = 0;
  std::optional<policy::Policy> policy;
  std::optional<policy::Case> open_case;
  std::vector<policy::Case> cases;  // of the policy, newest first
  std::optional<serving::Endpoint> endpoint;
  std::optional<serving::Status> serving;
  std::optional<monitoring::Monitor> monitor;
  std::vector<monitoring::Window> windows;  // the latest kSparkPoints, oldest first
  std::vector<monitoring::RuleState> rules;
  std::vector<monitoring::Alert> alerts;  // of the monitor, open ones first
  std::optional<pipelines::Pipeline> pipeline;
  std::vector<pipelines::Run> runs;  // of the pipeline, newest first
  std::string repo;
  std::vector<datasets::Commit> commits;  // of its main branch, newest first
  std::string model;
  std::vector<registry::Version> versions;  // newest first
  std::int64_t champion = 0;

  const monitoring::Alert* open_alert() const;        // the worst; null: none
  const monitoring::RuleState* watched_rule() const;  // open, or nearest to its limit; null: no rule has a value
  const monitoring::Window* last_window() const { return windows.empty() ? nullptr : &windows.back(); }
};

constexpr std::size_t kSparkPoints = 24;

Result<LoopFacts> gather_loop(const Rooms& rooms);

struct Station {
  std::string station, status = "none", headline = "none yet";
  bool reference = false;
  std::string detail, note;
  TimeMs at_ms = 0;
  std::string waits_for;
  std::vector<std::optional<double>> spark;
  std::string spark_label, url;
};

// The five, in order.
std::vector<Station> stations_of(const LoopFacts& facts);

struct Crossing {
  std::string_view from, to;
  std::optional<Link> artefact;
  TimeMs at_ms = 0;
  std::int64_t count = 0;  // in the last 24 h
};
std::vector<Crossing> crossings_of(const LoopFacts& facts);

// From an alert's onset to the version that answers it serving all traffic; the latest first.
std::vector<std::int64_t> laps_of(const LoopFacts& facts);

std::string loop_headline(const LoopFacts& facts);
// "off-timetable .021 of .060"
std::string rule_text(const monitoring::RuleState& rule);

}  // namespace gyre::rest
