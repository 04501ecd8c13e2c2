// bench_path: where the CPU time of a request goes, stage by stage. ./gyre-dev bench path runs it.
#include <fmt/format.h>

#include <cstring>

#include "app/cli/command.h"
#include "base/log.h"
#include "bench/path/scoring.h"

namespace gyre::bench {
namespace {

Result<std::vector<Section>> measure(const std::filesystem::path& model) {
  TRY(log::configure(log::Level::warn));
  const auto house = TRY(ScoringHouse::open(model));
  std::vector<Section> sections;
  sections.push_back(TRY(scoring(*house, {1, 100, 1000})));
  sections.push_back(TRY(log_batch(*house, {1, 100, 1000})));
  return sections;
}

}  // namespace
}  // namespace gyre::bench

// usage: bench_path MODEL_FOLDER [--json]
int main(int argc, char** argv) {
  const bool json = argc > 2 && std::strcmp(argv[2], "--json") == 0;
  if (argc < 2) return fmt::print(stderr, "usage: bench_path MODEL_FOLDER [--json]\n"), gyre::cli::kUsage;
  gyre::net::block_signals();
  const auto sections = gyre::bench::measure(argv[1]);
  if (!sections) return gyre::cli::report(sections.error(), json);
  if (json) {
    fmt::print("{}\n", gyre::bench::to_json(*sections));
  } else {
    gyre::bench::print(*sections);
  }
  return gyre::cli::kDone;
}
