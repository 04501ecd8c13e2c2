// The counting runtime, around one that is real and one that fails.
#include "infer/counted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/named_by_build.h"

namespace gyre::infer {
namespace {

class FailingSession final : public Session {
 public:
  const Signature& signature() const override { return signature_; }
  Result<std::vector<Tensor>> run(const std::vector<Tensor>&) const override { return fail(Code::unavailable, "no run today"); }

 private:
  Signature signature_;
};

class FailingRuntime final : public Runtime {
 public:
  Result<std::shared_ptr<const Session>> load(const std::filesystem::path& model) override {
    if (model.empty()) return fail(Code::not_found, "no model");
    return std::make_shared<const FailingSession>();
  }
};

std::vector<Tensor> rows(std::vector<float> x) {
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<Tensor> inputs;
  inputs.push_back({"group", {n, 1}, std::vector<std::string>(x.size(), "a")});
  inputs.push_back({"x", {n, 1}, std::move(x)});
  return inputs;
}

TEST(CountedRuntime, ARealModelAnswersAsBeforeAndIsCounted) {
  Counters counters;
  const auto plain = open({}), counted = make_counted(open({}), counters);
  const auto file = named_by_build("GYRE_TEST_DATA") / "logistic.onnx";
  const auto expected = plain->load(file).value()->run(rows({-1, 0, 1})).value();
  auto session = counted->load(file).value();
  EXPECT_EQ(counters.sessions, 1);
  const auto answered = session->run(rows({-1, 0, 1})).value();
  ASSERT_EQ(answered.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(answered[i].name, expected[i].name);
    EXPECT_EQ(answered[i].shape, expected[i].shape);
    EXPECT_EQ(answered[i].values, expected[i].values);
  }
  EXPECT_EQ(session->signature().inputs.size(), 2u);
  ASSERT_TRUE(session->run(rows({2, 3})));
  EXPECT_EQ(counters.loads.read().calls, 1);
  EXPECT_EQ(counters.runs.read().calls, 2);
  EXPECT_EQ(counters.runs.read().failures, 0);
  EXPECT_GT(counters.runs.read().seconds, 0);
  EXPECT_EQ(counters.rows, 5);
  session.reset();
  EXPECT_EQ(counters.sessions, 0);
}

TEST(CountedRuntime, FailuresComeThroughAndCountNoRows) {
  Counters counters;
  const auto counted = make_counted(std::make_unique<FailingRuntime>(), counters);
  EXPECT_EQ(counted->load({}).error().code, Code::not_found);
  EXPECT_EQ(counters.sessions, 0);
  const auto session = counted->load("some.onnx").value();
  EXPECT_EQ(session->run(rows({1, 2})).error().message, "no run today");
  EXPECT_EQ(counters.loads.read().calls, 2);
  EXPECT_EQ(counters.loads.read().failures, 1);
  EXPECT_EQ(counters.runs.read().failures, 1);
  EXPECT_EQ(counters.rows, 0);
}

}  // namespace
}  // namespace gyre::infer
