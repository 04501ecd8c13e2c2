// GPUs of this machine, by NVIDIA's management library where it is there (NVML; opened when first needed).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gyre::runs {

struct Gpu {
  std::string name;
  double used_bytes = 0, all_bytes = 0;
  double busy_percent = 0;
  double watts = 0, most_watts = 0;  // 0: not told
};

// Not thread-safe.
class Gpus {
 public:
  // Null where there is no library or no GPU. GYRE_NVML names another library.
  static std::unique_ptr<Gpus> open();
  ~Gpus();
  // Of those that answer now; the place in the list is the GPU's number.
  std::vector<Gpu> read();

 private:
  struct Library;
  explicit Gpus(std::unique_ptr<Library> library);
  const std::unique_ptr<Library> library_;
};

}  // namespace gyre::runs
