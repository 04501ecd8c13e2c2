// On the real library and the small models of testdata/.
#include "infer/infer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <thread>

#include "base/file.h"
#include "base/named_by_build.h"

namespace gyre::infer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::filesystem::path model(std::string_view name) { return named_by_build("GYRE_TEST_DATA") / name; }

template <class T>
Tensor column(std::string name, std::vector<T> values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return {std::move(name), {rows, 1}, std::move(values)};
}

template <class T>
const std::vector<T>& values(const std::vector<Tensor>& tensors, std::size_t i) {
  return std::get<std::vector<T>>(tensors[i].values);
}

class InferTest : public testing::Test {
 protected:
  std::shared_ptr<const Session> load(std::string_view name) {
    auto session = runtime_->load(model(name));
    EXPECT_TRUE(session) << session.error().message << ": " << session.error().detail;
    return *session;
  }
  const std::unique_ptr<Runtime> runtime_ = open({});
};

TEST_F(InferTest, TellsTheSignature) {
  const auto session = load("logistic.onnx");
  const auto& signature = session->signature();
  ASSERT_EQ(signature.inputs.size(), 2u);
  EXPECT_EQ(signature.inputs[0].name, "group");
  EXPECT_EQ(signature.inputs[0].type, Type::text);
  EXPECT_THAT(signature.inputs[0].shape, ElementsAre(-1, 1));
  EXPECT_EQ(signature.inputs[1].type, Type::float32);
  EXPECT_EQ(signature.outputs[0].name, "p");
  EXPECT_EQ(signature.metadata.at("gyre.vocabulary.group"), R"(["a", "b"])");
}

TEST_F(InferTest, InputsGoByNameInAnyOrder) {
  const auto session = load("logistic.onnx");
  const auto out = session->run({column<float>("x", {0, 1, -2}), column<std::string>("group", {"a", "b", "a"})}).value();
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].name, "p");
  EXPECT_THAT(out[0].shape, ElementsAre(3, 1));
  EXPECT_NEAR(values<float>(out, 0)[1], 1 / (1 + std::exp(-1.0)), 1e-6);
  EXPECT_THAT(values<float>(out, 1), ElementsAre(0, 2, -4));
}

TEST_F(InferTest, EveryTypeComesBackAsItWas) {
  const auto session = load("types.onnx");
  const std::string zero_byte("a\0b", 3);
  const auto out =
      session
          ->run({column<float>("f32", {1.5f, NAN}), column<double>("f64", {0.1, INFINITY}), column<std::int32_t>("i32", {-7, 2147483647}),
                 column<std::int64_t>("i64", {1, 9007199254740993}), column<bool>("truth", {true, false}), column<std::string>("text", {"wörld", zero_byte})})
          .value();
  EXPECT_EQ(values<float>(out, 0)[0], 1.5f);
  EXPECT_TRUE(std::isnan(values<float>(out, 0)[1]));
  EXPECT_THAT(values<double>(out, 1), ElementsAre(0.1, INFINITY));
  EXPECT_THAT(values<std::int32_t>(out, 2), ElementsAre(-7, 2147483647));
  EXPECT_THAT(values<std::int64_t>(out, 3), ElementsAre(1, 9007199254740993));
  EXPECT_THAT(values<bool>(out, 4), ElementsAre(true, false));
  EXPECT_THAT(values<std::string>(out, 5), ElementsAre("wörld", zero_byte));
}

TEST_F(InferTest, NoRowsAndWideRowsAreComputed) {
  const auto none = load("logistic.onnx")->run({column<float>("x", {}), column<std::string>("group", {})});
  ASSERT_TRUE(none) << none.error().detail;
  EXPECT_EQ((*none)[0].size(), 0u);
  const auto wide = load("matrix.onnx")->run({{"X", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}}}).value();
  EXPECT_THAT(values<float>(wide, 0), ElementsAre(321, 654));
}

TEST_F(InferTest, WrongInputsAreNamed) {
  const auto session = load("logistic.onnx");
  const auto told = [&](std::vector<Tensor> inputs) {
    const auto out = session->run(inputs);
    EXPECT_FALSE(out);
    EXPECT_EQ(out.error().code, Code::invalid);
    return out.error().message + " | " + out.error().fix;
  };
  const auto x = column<float>("x", {1});
  const auto group = column<std::string>("group", {"a"});
  EXPECT_EQ(told({x}), "input 'group' is missing | ");
  EXPECT_EQ(told({column<double>("x", {1}), group}), "input 'x' has type FP64, but the model takes FP32 | ");
  EXPECT_EQ(told({x, column<std::int64_t>("group", {1})}), "input 'group' has type INT64, but the model takes BYTES | ");
  EXPECT_EQ(told({{"x", {1, 2}, std::vector<float>{1, 2}}, group}), "input 'x' has shape [1, 2], but the model takes [-1, 1] | ");
  EXPECT_EQ(told({{"x", {1}, std::vector<float>{1}}, group}), "input 'x' has shape [1], but the model takes [-1, 1] | ");
  EXPECT_EQ(told({{"x", {3, 1}, std::vector<float>{1}}, group}), "input 'x' has shape [3, 1], but 1 values | ");
  EXPECT_EQ(told({x, group, column<float>("y", {1})}), "the model has no input 'y' | its inputs are group, x");
  EXPECT_EQ(told({x, group, x}), "an input is given twice | ");
}

TEST_F(InferTest, WhatTheModelCannotComputeIsAnErrorAndNotACrash) {
  const auto session = load("logistic_fragile.onnx");
  const auto group = column<std::string>("group", {"a"});
  EXPECT_TRUE(session->run({column<float>("x", {1}), group}));
  const auto out = session->run({column<float>("x", {9}), group});
  EXPECT_EQ(out.error().code, Code::invalid);
  EXPECT_THAT(out.error().detail, HasSubstr("Gather"));
  EXPECT_TRUE(session->run({column<float>("x", {1}), group}));
}

TEST_F(InferTest, WhatIsNoUsableModelIsRefusedAtLoad) {
  const ScratchFolder folder;
  const auto garbage = folder.path() / "garbage.onnx";
  ASSERT_TRUE(write_file_durably(garbage, "this is no model"));
  EXPECT_EQ(runtime_->load(garbage).error().code, Code::invalid);
  EXPECT_EQ(runtime_->load(folder.path() / "none.onnx").error().code, Code::not_found);
  EXPECT_EQ(runtime_->load(model("zipmap.onnx")).error().message, "the model's output 'probabilities' is of a kind that cannot be read");
  EXPECT_EQ(runtime_->load(model("half.onnx")).error().message, "the model's input 'x' is of a kind that cannot be given to it");
  EXPECT_THAT(runtime_->load(model("zipmap.onnx")).error().fix, HasSubstr("zipmap=False"));
}

TEST_F(InferTest, ALibraryThatIsNotThereIsToldWithAllPlaces) {
  const auto runtime = open({.library = "/nowhere/libonnxruntime.so"});
  const auto session = runtime->load(model("logistic.onnx"));
  EXPECT_EQ(session.error().code, Code::unavailable);
  EXPECT_THAT(session.error().message + session.error().detail + session.error().fix, HasSubstr("/nowhere/"));
}

TEST_F(InferTest, ThreadsShareASession) {
  const auto session = load("logistic.onnx");
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto out = session->run({column<float>("x", {static_cast<float>(t)}), column<std::string>("group", {"b"})});
        wrong += !out || values<float>(*out, 1)[0] != 2.f * static_cast<float>(t);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace gyre::infer
