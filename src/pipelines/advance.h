// One run, moved on as far as it goes now. Inside pipelines/ only.
#pragma once

#include <algorithm>

#include "pipelines/store.h"

namespace gyre::pipelines {

constexpr std::int64_t kMaxVersionsOfStep = 100;  // that it registers and the run tells of

// How the step's environment calls a thing of its: "GYRE_INPUT_" and "late-flights" give "GYRE_INPUT_LATE_FLIGHTS".
std::string variable_name(std::string_view prefix, std::string_view name);

// How a job ended, as a sentence for people and as the word that StepRun::ending holds.
std::string why_of(const exec::State& state);
std::string ending_of(const exec::State& state);

class Advance {
 public:
  Advance(Service& service, StoredRun stored, TimeMs now_ms, double& cpus_left)
      : service_(service), stored_(std::move(stored)), now_ms_(now_ms), cpus_left_(cpus_left) {}

  Result<void> go();
  // What its running steps have of the processors.
  static double cpus_of(const Run& run);
  const DutyState& state() const { return state_; }

 private:
  Result<void> watch(StepRun& step, const Step& definition);
  Result<void> begin(StepRun& step, const Step& definition);
  Result<bool> take_from_cache(StepRun& step);
  Result<void> begin_attempt(StepRun& step, const Step& definition);
  Result<std::string> tracking_run_for(const StepRun& step);
  Result<void> launch(StepRun& step, const Step& definition);
  Result<void> end_well(StepRun& step, const Step& definition);
  Result<void> end_badly(StepRun& step, const Step& definition, std::string why, bool may_retry);
  Result<void> finish_if_done();
  Result<void> save(const StepRun& step, std::string_view topic = "");
  bool is_ready(const Step& definition) const;
  StepRun& step_run(std::string_view name);

  // cache_key.cc
  std::map<std::string, json::Value> parameters_of(const Step& definition) const;
  std::string substituted(std::string_view text) const;
  Result<void> pin_inputs(StepRun& step, const Step& definition);
  std::string pinned(const StepRun& step, const std::string& name, const std::string& source) const;
  Result<std::string> input_identity(const std::string& source);
  Result<std::string> cache_key(const StepRun& step, const Step& definition);

  // workspace.cc
  Result<void> prepare_folder(const StepRun& step, const Step& definition, const std::filesystem::path& folder);
  Result<void> place_code(const std::filesystem::path& folder);
  Result<void> place_input(const std::string& source, const std::filesystem::path& target);
  std::map<std::string, std::string> environment_of(const StepRun& step, const Step& definition, const std::filesystem::path& folder) const;

  // outcome.cc
  Result<std::vector<Output>> collect_outputs(const Step& definition, const std::filesystem::path& folder);
  Result<void> attach_evidence(const StepRun& step, const Step& definition);

  Service& service_;
  StoredRun stored_;
  const TimeMs now_ms_;
  double& cpus_left_;
  DutyState state_;
};

}  // namespace gyre::pipelines
