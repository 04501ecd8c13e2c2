// GPUs and figures of the machine, of a library that is not NVIDIA's.
#include "app/runs/gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "app/runs/machine.h"

namespace gyre::runs {
namespace {

TEST(Gpus, AreReadByTheLibrary) {
  ::setenv("GYRE_NVML", FAKE_NVML, 1);
  const auto gpus = Gpus::open();
  ASSERT_NE(gpus, nullptr);
  const auto all = gpus->read();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "Fake A100");
  EXPECT_EQ(all[0].used_bytes, 1e10);
  EXPECT_EQ(all[0].busy_percent, 75);
  EXPECT_EQ(all[0].watts, 150);
  EXPECT_EQ(all[1].all_bytes, 0) << "what does not answer is not told";
}

TEST(Machine, TellsWhatItUses) {
  ::setenv("GYRE_NVML", FAKE_NVML, 1);
  Machine machine(::getpid(), ".");
  std::map<std::string, double> figures;
  for (const auto& [key, value] : machine.figures()) figures[key] = value;
  EXPECT_GE(figures.at("system/process_count"), 1);
  EXPECT_GT(figures.at("system/process_memory_usage_megabytes"), 1);
  EXPECT_GT(figures.at("system/system_memory_usage_megabytes"), 10);
  EXPECT_GT(figures.at("system/disk_usage_percentage"), 0);
  EXPECT_EQ(figures.at("system/gpu_0_memory_usage_percentage"), 25);
  EXPECT_EQ(figures.at("system/gpu_1_power_usage_percentage"), 50);
  for (const auto& [key, value] : figures) EXPECT_TRUE(value >= 0 && value == value) << key;
}

TEST(Gpus, AreNoneWithoutTheLibrary) {
  ::setenv("GYRE_NVML", "/no/such/library.so", 1);
  EXPECT_EQ(Gpus::open(), nullptr);
}

}  // namespace
}  // namespace gyre::runs
