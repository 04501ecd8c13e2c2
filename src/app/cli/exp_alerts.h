// The verbs of 'gyre exp' that are about alerts on runs.
#pragma once

#include "app/cli/view.h"

namespace gyre::cli {

Result<int> list_run_alerts(const Invocation& call);
Result<int> acknowledge_run_alert(const Invocation& call);
Result<int> list_alert_rules(const Invocation& call);
Result<int> set_alert_rule(const Invocation& call);
Result<int> remove_alert_rule(const Invocation& call);
Result<int> list_receivers(const Invocation& call);
Result<int> set_receiver(const Invocation& call);
Result<int> test_receiver(const Invocation& call);
Result<int> remove_receiver(const Invocation& call);

}  // namespace gyre::cli
