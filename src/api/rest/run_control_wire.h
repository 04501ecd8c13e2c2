// Between JSON and what steers runs. For run_control.cc alone.
#pragma once

#include "api/rest/run_control.h"
#include "api/rest/wire.h"

namespace gyre::rest {

void signal_fields(Writer& writer, const tracking::StopSignal& signal);
void heartbeat_fields(Writer& writer, const tracking::Heartbeat& heartbeat);
void standing_reply(Writer& writer, const tracking::RunStanding& standing, const std::optional<tracking::Copying>& copying);

Result<tracking::RunChange> read_run_change(const net::Request& request);
void write_run_change(Writer& writer, const tracking::RunChange& change);

Result<tracking::BulkOrder> read_bulk_order(const net::Request& request);
void write_bulk_outcome(Writer& writer, const tracking::BulkOutcome& outcome);

// A step as a client sends it: whole, or with a fraction.
Result<tracking::Step> read_step(const json::Value& sent, std::string_view name);

Result<net::Response> fork_run(const RunSteering& steering, const net::Request& request);
Result<net::Response> rewind_run(const RunSteering& steering, const net::Request& request);

}  // namespace gyre::rest
