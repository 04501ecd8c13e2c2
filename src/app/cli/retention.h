// Between the files of gyre retention.
#pragma once

#include "app/cli/remote.h"

namespace gyre::cli {

// "/api/v1/retention" and what is below it.
std::string retention_path(std::string_view below = {});
// The number behind a flag; 0 where it is not told.
Result<std::int64_t> limit_of(const Invocation& call, std::string_view flag);
// What stays although it matches, and why.
void tell_kept(const json::Value& answer);
// "run:ID", "experiment:ID", "logged-model:ID"; by its shape where the kind is left out.
json::Value thing_of(std::string_view given);
// The same; a name is looked up in the bin, where one thing must bear it. `not_found`, or `invalid` where several do.
Result<json::Value> thing_in_bin(Remote& remote, const std::string& given);

Result<int> list_rules(const Invocation& call);        // retention ls
Result<int> plan_rule(const Invocation& call);         // retention plan
Result<int> set_rule(const Invocation& call);          // retention set
Result<int> remove_rule(const Invocation& call);       // retention rm
Result<int> show_bin(const Invocation& call);          // retention bin
Result<int> restore_from_bin(const Invocation& call);  // retention restore
Result<int> purge_bin(const Invocation& call);         // retention purge
Result<int> undo_window(const Invocation& call);       // retention window
Result<int> quotas(const Invocation& call);            // retention quota

}  // namespace gyre::cli
