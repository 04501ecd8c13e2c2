// The verbs of gyre run; one file each.
#pragma once

#include "app/cli/view.h"

namespace gyre::cli {

Result<int> list_runs(const Invocation& call);
Result<int> show_run(const Invocation& call);
Result<int> show_curves(const Invocation& call);
Result<int> diff_runs(const Invocation& call);
Result<int> log_points(const Invocation& call);
Result<int> start_run(const Invocation& call);
Result<int> sync_runs(const Invocation& call);
Result<int> show_run_logs(const Invocation& call);
Result<int> remove_run(const Invocation& call);
Result<int> stop_run(const Invocation& call);
Result<int> resume_run(const Invocation& call);
Result<int> archive_runs(const Invocation& call);
Result<int> restore_runs(const Invocation& call);
Result<int> set_run(const Invocation& call);
Result<int> tag_run(const Invocation& call);
Result<int> fork_run(const Invocation& call);
Result<int> rewind_run(const Invocation& call);

// From its start to its end; nothing while there is no end, or where the end lies before the start.
json::Value took_ms(const json::Value& run);

}  // namespace gyre::cli
