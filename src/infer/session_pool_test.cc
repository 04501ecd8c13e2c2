#include "infer/session_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace gyre::infer {
namespace {

class NoSession final : public Session {
 public:
  const Signature& signature() const override { return signature_; }
  Result<std::vector<Tensor>> run(const std::vector<Tensor>&) const override { return std::vector<Tensor>{}; }

 private:
  Signature signature_;
};

// Counts what is loaded; a file called "bad" cannot be.
class CountingRuntime final : public Runtime {
 public:
  Result<std::shared_ptr<const Session>> load(const std::filesystem::path& file) override {
    ++loads;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (file == "bad") return fail(Code::invalid, "no model");
    return std::make_shared<NoSession>();
  }
  std::atomic<int> loads = 0;
};

TEST(SessionPool, LoadsOnceHoweverManyAsk) {
  CountingRuntime runtime;
  SessionPool pool(runtime);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { EXPECT_TRUE(pool.get("m@1", [] { return "file"; })); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(runtime.loads, 1);
  EXPECT_EQ(pool.size(), 1u);
}

TEST(SessionPool, AFailureIsTriedAgain) {
  CountingRuntime runtime;
  SessionPool pool(runtime);
  EXPECT_EQ(pool.get("m@1", [] { return "bad"; }).error().code, Code::invalid);
  EXPECT_EQ(pool.get("m@1", []() -> Result<std::filesystem::path> { return fail(Code::not_found, "no file"); }).error().code, Code::not_found);
  EXPECT_TRUE(pool.get("m@1", [] { return "good"; }));
  EXPECT_EQ(runtime.loads, 2);
}

TEST(SessionPool, LetsGoOfTheOnesAskedForLongestAgoButNotOfThoseInUse) {
  CountingRuntime runtime;
  SessionPool pool(runtime, 2);
  const auto held = pool.get("held", [] { return "file"; }).value();
  for (const char* name : {"1", "2", "3", "4"}) ASSERT_TRUE(pool.get(name, [] { return "file"; }));
  EXPECT_LE(pool.size(), 4u);
  EXPECT_EQ(runtime.loads, 5);
  EXPECT_EQ(pool.get("held", [] { return "file"; }).value(), held);
  EXPECT_TRUE(pool.get("4", [] { return "file"; }));
  EXPECT_EQ(runtime.loads, 5);
  EXPECT_TRUE(pool.get("1", [] { return "file"; }));
  EXPECT_EQ(runtime.loads, 6);
}

}  // namespace
}  // namespace gyre::infer
