// What the command line takes for runs and experiments.
#pragma once

#include "app/cli/remote.h"

namespace gyre::cli {

// Name or id of an experiment -> its id; "" stays so.
Result<std::string> experiment_id(Remote& remote, const std::string& name);

// id -> name of all experiments that are not deleted.
Result<std::map<std::string, std::string>> experiment_names(Remote& remote);

// What is done where several runs bear the name: who looks at a run or gets its files is told which one that is. What does not name its
// run, as a curve, and what changes one has to be told.
enum class Several { take_newest, refuse };

// The run that `run` names, in the experiment that --exp names: by its id, the id's first digits, or its name.
Result<std::string> run_id(Remote& remote, const Invocation& call, Several several);
// The same of one that stands elsewhere on the line.
Result<std::string> run_id_of(Remote& remote, const Invocation& call, const std::string& reference, Several several);

// For a name that the server has resolved by itself: an error where several runs bear it. A name that cannot be asked for stays as it is.
Result<void> refuse_namesakes(Remote& remote, const std::string& name);

inline constexpr Option kExpOfRun{"exp", "NAME", "where runs of several experiments bear the name", 0, false, Names::experiment};

}  // namespace gyre::cli
