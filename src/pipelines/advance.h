// One run, moved on as far as it goes now. Inside pipelines/ only.
#pragma once

#include "pipelines/store.h"

namespace gyre::pipelines {

class Advance {
 public:
  Advance(Service& service, StoredRun stored, TimeMs now_ms, double& cpus_left) : service_(service), stored_(std::move(stored)), now_ms_(now_ms), cpus_left_(cpus_left) {}

  Result<void> go();
  // What its running steps have of the processors.
  static double cpus_of(const Run& run);
  bool worked() const { return worked_; }
  bool busy() const { return busy_; }
  std::optional<TimeMs> next_due_ms() const { return next_due_ms_; }

 private:
  Result<void> watch(StepRun& step, const Step& definition);
  Result<void> begin(StepRun& step, const Step& definition);
  Result<void> launch(StepRun& step, const Step& definition);
  Result<void> end_well(StepRun& step, const Step& definition);
  Result<void> end_badly(StepRun& step, const Step& definition, std::string why, bool may_retry);
  Result<void> finish_if_done();

  bool is_ready(const Step& definition) const;
  StepRun& step_run(std::string_view name);
  std::string substituted(std::string_view text) const;
  Result<std::string> cache_key(const StepRun& step, const Step& definition);
  Result<std::string> input_identity(const std::string& source);
  Result<void> place_input(const std::string& source, const std::filesystem::path& target);
  Result<void> place_code(const std::filesystem::path& folder);
  Result<std::vector<Output>> collect_outputs(const Step& definition, const std::filesystem::path& folder);
  Result<void> attach_evidence(const StepRun& step, const Step& definition);
  Result<void> pin_inputs(StepRun& step, const Step& definition);
  std::string pinned(const StepRun& step, const std::string& name, const std::string& source) const;
  Result<void> save(const StepRun& step, std::string_view topic = "");
  std::map<std::string, std::string> environment_of(const StepRun& step, const Step& definition, const std::filesystem::path& folder) const;
  std::map<std::string, json::Value> parameters_of(const Step& definition) const;

  Service& service_;
  StoredRun stored_;
  const TimeMs now_ms_;
  double& cpus_left_;
  bool worked_ = false, busy_ = false;
  std::optional<TimeMs> next_due_ms_;
};

}  // namespace gyre::pipelines
