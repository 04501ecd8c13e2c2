// A pipeline as its YAML says it: steps, what they take and give, when it runs by itself.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace gyre::pipelines {

constexpr std::size_t kMaxSteps = 2000;

struct Registers {
  std::string model;
  std::map<std::string, std::string> evidence;  // kind -> name of an output
};

struct Step {
  std::string name;
  std::vector<std::string> command;
  std::map<std::string, std::string> inputs;           // name -> "repo@ref/path" or "step.output"
  std::map<std::string, std::string> outputs;          // name -> path under outputs/; a trailing "/" means a folder
  std::optional<std::vector<std::string>> parameters;  // those that it depends on; nothing: all
  std::vector<std::string> after;                      // steps that must have ended, besides those it takes from
  int retries = 0;
  std::int64_t timeout_ms = 0, memory_bytes = 0;
  double cpus = 1;
  std::optional<Registers> registers;
  bool tracked = false;  // has a run of its own; always so where it registers
  bool cache = true;
};

struct Schedule {
  std::int64_t every_ms = 0;
  std::string cron;
};

struct EventTrigger {
  std::string event, repo;
};

struct Definition {
  std::string code;  // folder
  std::map<std::string, json::Value> parameters;
  std::map<std::string, std::string> environment;
  std::string repository;  // whose head ${commit} is; the first input's when left out
  std::optional<Schedule> schedule;
  std::vector<EventTrigger> on;
  std::optional<std::int64_t> max_active_runs;  // further ones wait, in the order of their start
  std::vector<Step> steps;                      // in an order in which they can run

  const Step* step(std::string_view name) const;
};

// Strict: unknown words, unknown or circular inputs and bad values fail with `invalid`, line and column.
Result<Definition> read_definition(const json::Value& value);

// "step.output" taken apart, when the text is that and no reference to data.
std::optional<std::pair<std::string, std::string>> step_output(std::string_view input);

}  // namespace gyre::pipelines
