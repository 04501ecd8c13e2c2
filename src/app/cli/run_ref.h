// What the command line takes for runs and experiments.
#pragma once

#include "app/cli/remote.h"

namespace gyre::cli {

// Name or id of an experiment -> its id; "" stays so.
Result<std::string> experiment_id(Remote& remote, const std::string& name);

// id -> name of all experiments that are not deleted.
Result<std::map<std::string, std::string>> experiment_names(Remote& remote);

// What is done where several runs bear the name: who reads is told which one is meant, who changes something has to say.
enum class Several { take_newest, refuse };

// The run that `run` names, in the experiment that --exp names: by its id, the id's first digits, or its name.
Result<std::string> run_id(Remote& remote, const Invocation& call, Several several);

// Says on standard error which run was taken, where others bear the name as well. Beside what was asked for: where that cannot be
// found out, nothing is said.
void tell_namesakes(Remote& remote, const std::string& name, const std::string& taken_id);

inline constexpr Option kExpOfRun{"exp", "NAME", "where runs of several experiments bear the name", 0, false, Names::experiment};

}  // namespace gyre::cli
