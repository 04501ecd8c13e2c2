// Folders that the build names to its tests. For tests alone.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace gyre {

// The folder in this variable of the environment; without it the program ends with words that say what to do.
inline std::filesystem::path named_by_build(const char* variable) {
  if (const char* folder = std::getenv(variable)) return folder;
  fmt::print(stderr,
             "{} is not set: run the tests with ctest or ./gyre-dev test unit, or by hand with GYRE_TEST_DATA=$PWD/src/infer/testdata "
             "GYRE_OPENAPI=$PWD/api/openapi\n",
             variable);
  std::exit(2);
}

}  // namespace gyre
