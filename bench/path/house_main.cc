// bench_house: a data folder in which the bench's model answers at the endpoint `gbm`, for a server to be started on.
#include <fmt/format.h>

#include "app/cli/command.h"
#include "bench/path/scoring_house.h"

int main(int argc, char** argv) {
  if (argc != 4) return fmt::print(stderr, "usage: bench_house MODEL_FOLDER ONNX_FILE DATA_DIR\n"), gyre::cli::kUsage;
  const auto house = gyre::bench::ScoringHouse::open(argv[1], argv[2], argv[3]);
  return house ? gyre::cli::kDone : gyre::cli::report(house.error(), false);
}
