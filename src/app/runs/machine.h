// What the machine and the command's processes use.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/runs/gpu.h"

namespace gyre::runs {

// A metric's key and its value.
using Figure = std::pair<std::string, double>;

// Not thread-safe. Names and units are those of MLflow's system metrics where it has them (megabytes are 10^6 bytes, network since the
// beginning); those of the process tree are ours: system/process_...
class Machine {
 public:
  // `root`: the command's process. Shares of time are since the last call.
  Machine(pid_t root, std::filesystem::path folder);
  std::vector<Figure> figures();

 private:
  struct Cpu {
    std::uint64_t busy = 0, all = 0;  // ticks
  };
  struct Network {
    std::uint64_t received = 0, sent = 0;  // bytes, without the loopback
  };
  struct Tree {
    std::uint64_t ticks = 0;
    std::int64_t processes = 0, resident_bytes = 0;
    std::uint64_t read_bytes = 0, written_bytes = 0;
  };
  static Cpu read_cpu();
  static Network read_network();
  static Tree read_tree(pid_t root);
  void add_memory(std::vector<Figure>& figures) const;
  void add_disk(std::vector<Figure>& figures) const;
  void add_tree(std::vector<Figure>& figures, double elapsed_s);

  const pid_t root_;
  const std::filesystem::path folder_;
  const std::unique_ptr<Gpus> gpus_;  // null where there are none
  Cpu cpu_;
  const Network network_;  // at the beginning
  Tree tree_;
  std::int64_t last_ns_;
};

}  // namespace gyre::runs
