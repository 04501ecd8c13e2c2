// What is moved, whatever it comes from: sources make records, rooms take them, and both sides are compared by what the records say.
#pragma once

#include <filesystem>
#include <variant>

#include "registry/adopt.h"
#include "traces/traces.h"
#include "tracking/adopt.h"

namespace gyre::exchange {

using Experiment = tracking::Experiment;
using Run = tracking::Run;
using Series = tracking::AdoptedSeries;
using LoggedModel = tracking::AdoptedModel;
using Model = registry::Model;
using Version = registry::AdoptedVersion;

// Which aliases a model has: once its versions are there.
struct Aliases {
  Model model;
};

struct Trace {
  traces::TraceInfo info;
  std::vector<std::string> spans;  // MLflow's own JSON of each
  std::vector<std::string> runs;   // that it belongs to
};

using Record = std::variant<Experiment, Run, Series, LoggedModel, Model, Version, Aliases, Trace>;

// What has counts and hashes of its own.
enum class Kind {
  experiments,
  experiment_tags,
  runs,
  params,
  tags,
  points,
  datasets,
  run_models,
  logged_models,
  model_params,
  model_tags,
  model_metrics,
  registered_models,
  registered_tags,
  versions,
  version_tags,
  aliases,
  traces,
  trace_tags,
  trace_metadata,
  spans,
  assessments,
  files,
};
constexpr std::size_t kKinds = 23;
// As people read it, and as rooms name it in what they adopted: "runs", "model versions".
std::string_view name_of(Kind kind);

// Things that can be asked for again by name: all else belongs to one of them.
enum class Thing : std::uint8_t { experiment, run, points, logged_model, model, version, trace };  // points: of a run
struct Name {
  Thing thing = Thing::run;
  std::string id;  // of a version: "name@3"
};

}  // namespace gyre::exchange
