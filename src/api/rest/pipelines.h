// What the routes of pipelines share.
#pragma once

#include "api/rest/routes.h"

namespace gyre::rest {

// Of one run: its steps and their logs.
void add_pipeline_run_routes(net::Router& router, const Rooms& rooms);

// The contract's PipelineRunRow, into an object that is open.
void run_fields(json::Writer& writer, const pipelines::Run& run);
// Values as a command sees them, under "parameters".
void parameters_field(json::Writer& writer, const std::map<std::string, json::Value>& parameters);
// "by policy retrain-on-drift", "by hand".
std::string started_by(std::string_view trigger);
std::string run_status(const pipelines::Run& run);
std::optional<std::int64_t> run_duration_ms(const pipelines::Run& run);

// "7 d", "90 s".
std::string span_text(std::int64_t ms);

}  // namespace gyre::rest
