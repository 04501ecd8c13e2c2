// MLflow's messages, field by field in the order of their protocol definition. Empty lists are left out, as its server does.
#pragma once

#include "api/mlflow/wire.h"
#include "registry/registry.h"

namespace gyre::mlflow {

void write(Writer& writer, const tracking::Experiment& experiment);
void write(Writer& writer, const tracking::RunInfo& info);
void write(Writer& writer, const tracking::Run& run);
void write(Writer& writer, const tracking::Metric& metric, std::string_view run_id = "");
void write(Writer& writer, const tracking::LoggedModel& model);
void write(Writer& writer, const registry::Model& model, const std::vector<registry::Version>& latest);
void write(Writer& writer, const registry::Version& version);

// [{"key": …, "value": …}, …]; `name` is for the message that refuses other things.
Result<std::vector<tracking::Tag>> read_tags(const json::Array& list, std::string_view name);
Result<std::vector<tracking::Tag>> read_tags(const Args& args, std::string_view name);

}  // namespace gyre::mlflow
