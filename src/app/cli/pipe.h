// What the commands on pipelines share.
#pragma once

#include "app/cli/view.h"

namespace gyre::cli {

// Steps of a run as a table, and what it registered and why it failed.
void print_steps(const json::Value& run);
// Under the steps: versions, cause, the page.
void print_run_end(const Remote& remote, const json::Value& run);

// Marks of a pipeline's last runs, oldest first.
std::string strip_of(const json::Value& recent);
// The versions that a run registered.
std::string versions_of(const json::Value& run);

bool has_ended(const json::Value& run);
// 0 for a run that succeeded; 1 else.
int exit_of(const json::Value& run);

// Follows a run to its end: its log as it is written, a moving line for where it is.
struct Follow {
  std::string run;         // id
  std::string step;        // of this one alone; "": all
  bool to_stdout = false;  // the log is the data; else it is talk
  bool json = false;       // the log as a stream of documents
};
// The run as it ended. `cancelled` after Ctrl-C: the run goes on.
Result<json::Value> follow(Remote& remote, const Follow& wish);
// The log that is there now.
Result<void> print_logs(Remote& remote, const Follow& wish);

Result<int> show_logs(const Invocation& call);  // pipe logs
Result<int> show_pipe(const Invocation& call);  // pipe show

}  // namespace gyre::cli
