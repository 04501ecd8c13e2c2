#include "app/runs/gpu.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/library.h"

namespace gyre::runs {
namespace {

constexpr unsigned kMaxGpus = 64;

// The few calls of NVML that are made, as its header nvml.h declares them; 0 is success.
using Device = void*;
struct Memory {
  unsigned long long total, free, used;  // bytes
};
struct Utilization {
  unsigned gpu, memory;  // percent of the last moment
};

}  // namespace

struct Gpus::Library {
  void* handle = nullptr;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*device)(unsigned, Device*) = nullptr;
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*memory)(Device, Memory*) = nullptr;
  int (*utilization)(Device, Utilization*) = nullptr;
  int (*power)(Device, unsigned*) = nullptr;  // milliwatts
  int (*limit)(Device, unsigned*) = nullptr;

  bool load() {
    const auto find = [&](auto& call, const char* name) {
      return (call = reinterpret_cast<std::remove_reference_t<decltype(call)>>(::dlsym(handle, name))) != nullptr;
    };
    find(power, "nvmlDeviceGetPowerUsage");  // older GPUs do not tell
    find(limit, "nvmlDeviceGetEnforcedPowerLimit");
    return find(init, "nvmlInit_v2") && find(shutdown, "nvmlShutdown") && find(count, "nvmlDeviceGetCount_v2") &&
           find(device, "nvmlDeviceGetHandleByIndex_v2") && find(name, "nvmlDeviceGetName") && find(memory, "nvmlDeviceGetMemoryInfo") &&
           find(utilization, "nvmlDeviceGetUtilizationRates");
  }
};

Gpus::Gpus(std::unique_ptr<Library> library) : library_(std::move(library)) {}

// The library stays open: its threads may outlive what is asked of it.
Gpus::~Gpus() { library_->shutdown(); }

std::unique_ptr<Gpus> Gpus::open() {
  const char* chosen = std::getenv("GYRE_NVML");
  const auto handle = open_library(chosen ? chosen : "", "libnvidia-ml.so.1");
  if (!handle) return nullptr;
  auto library = std::make_unique<Library>();
  library->handle = *handle;
  if (!library->load() || library->init() != 0) return nullptr;
  unsigned count = 0;
  std::unique_ptr<Gpus> gpus(new Gpus(std::move(library)));
  if (gpus->library_->count(&count) != 0 || count == 0) return nullptr;
  return gpus;
}

std::vector<Gpu> Gpus::read() {
  const auto& ask = *library_;
  unsigned count = 0;
  std::vector<Gpu> gpus;
  if (ask.count(&count) != 0) return gpus;
  for (unsigned i = 0; i < std::min(count, kMaxGpus); ++i) {
    Gpu gpu;
    Device device = nullptr;
    std::array<char, 96> name{};
    Memory memory{};
    Utilization utilization{};
    unsigned milliwatts = 0;
    if (ask.device(i, &device) == 0) {
      if (ask.name(device, name.data(), name.size()) == 0) gpu.name = name.data();
      if (ask.memory(device, &memory) == 0) gpu.used_bytes = static_cast<double>(memory.used), gpu.all_bytes = static_cast<double>(memory.total);
      if (ask.utilization(device, &utilization) == 0) gpu.busy_percent = utilization.gpu;
      if (ask.power && ask.power(device, &milliwatts) == 0) gpu.watts = milliwatts / 1000.0;
      if (ask.limit && ask.limit(device, &milliwatts) == 0) gpu.most_watts = milliwatts / 1000.0;
    }
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

}  // namespace gyre::runs
