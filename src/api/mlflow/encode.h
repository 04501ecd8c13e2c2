// MLflow's messages, field by field in the order of their protocol definition. Empty lists are left out, as its server does.
#pragma once

#include "api/mlflow/wire.h"
#include "registry/registry.h"

namespace gyre::mlflow {

void write(Writer& writer, const tracking::Experiment& experiment);
void write(Writer& writer, const tracking::RunInfo& info);
enum class Outputs { written, left_out };  // a run that was just made has none, and MLflow does not name them
void write(Writer& writer, const tracking::Run& run, Outputs outputs = Outputs::written);
void write(Writer& writer, const tracking::Metric& metric, std::string_view run_id = "");
void write(Writer& writer, const tracking::LoggedModel& model);
void write(Writer& writer, const registry::Model& model, const std::vector<registry::Version>& latest);
void write(Writer& writer, const registry::Version& version);

void write(Writer& writer, const tracking::ModelMetric& metric);

// A field that is a list; left out when it is empty, as MLflow's server does.
template <class List, class WriteOne>
void write_list(Writer& writer, std::string_view name, const List& list, WriteOne write_one) {
  if (list.empty()) return;
  writer.key(name);
  writer.begin_array();
  for (const auto& one : list) write_one(one);
  writer.end_array();
}

// [{"key": …, "value": …}, …]; `name` is for the message that refuses other things.
Result<std::vector<tracking::Tag>> read_tags(const json::Array& list, std::string_view name);
Result<std::vector<tracking::Tag>> read_tags(const Args& args, std::string_view name);

}  // namespace gyre::mlflow
