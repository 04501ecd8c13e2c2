// The Python packages that a command will find, read from the interpreter's folders: no interpreter is started.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gyre::runs {

struct PythonFacts {
  std::filesystem::path interpreter;
  std::string version;       // "3.11"
  std::string requirements;  // as pip freeze has it, in order of name
  std::string conda;         // conda's packages, "name=version=build" a line; "" outside of conda
  std::int64_t packages = 0;
};

// Of the interpreter that `argv` runs: itself, by its first line (#!), or that of $VIRTUAL_ENV, $CONDA_PREFIX or PATH. Nothing where there is none.
std::optional<PythonFacts> python_facts(const std::vector<std::string>& argv);

}  // namespace gyre::runs
