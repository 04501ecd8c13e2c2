// What is noted of a run before its command starts: where, with what, from which code.
#pragma once

#include "app/runs/run_folder.h"

namespace gyre::runs {

struct FactsWish {
  std::vector<std::string> argv;
  std::filesystem::path folder;  // the working folder
  bool code = true;              // git and its diff
  bool packages = true;
};

// Those that cost nothing: command, folder, host, user. MLflow's names where it has them (mlflow.source.name ...), else gyre.*.
std::map<std::string, std::string> first_tags(const FactsWish& wish);

// The rest, into the folder: tags of git, machine, Python, and the files code/diff.patch, code/untracked.txt, environment/requirements.txt,
// environment/conda.txt.
Result<void> note_facts(const FactsWish& wish, RunFolder& folder);

std::string user_name();

}  // namespace gyre::runs
