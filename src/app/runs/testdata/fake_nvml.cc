// A machine with two GPUs, as NVIDIA's library would tell of them.
#include <cstring>

namespace {
int numbers[2] = {0, 1};
int number(void* device) { return *static_cast<int*>(device); }
struct Memory {
  unsigned long long total, free, used;
};
struct Utilization {
  unsigned gpu, memory;
};
}  // namespace

extern "C" {
int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlDeviceGetCount_v2(unsigned* count) { return *count = 2, 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) { return index < 2 ? (*device = &numbers[index], 0) : 2; }
int nvmlDeviceGetName(void* device, char* name, unsigned size) {
  std::strncpy(name, number(device) == 0 ? "Fake A100" : "Fake T4", size);
  return 0;
}
int nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  *memory = {40'000'000'000, 30'000'000'000, 10'000'000'000};
  return number(device) == 0 ? 0 : 3;  // the second does not tell
}
int nvmlDeviceGetUtilizationRates(void* device, Utilization* utilization) { return *utilization = {75U + static_cast<unsigned>(number(device)), 10}, 0; }
int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts) { return *milliwatts = 150'000, 0; }
int nvmlDeviceGetEnforcedPowerLimit(void*, unsigned* milliwatts) { return *milliwatts = 300'000, 0; }
}
