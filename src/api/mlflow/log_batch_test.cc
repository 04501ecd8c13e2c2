#include "api/mlflow/log_batch.h"

#include <gtest/gtest.h>

namespace gyre::mlflow {
namespace {

net::Request request_of(std::string body, std::string type = "application/json") {
  net::Request request;
  request.method = "POST";
  request.headers.emplace("Content-Type", std::move(type));
  request.body = std::move(body);
  return request;
}

void expect_same(const LogBatch& a, const LogBatch& b) {
  EXPECT_EQ(a.run_id, b.run_id);
  ASSERT_EQ(a.batch.metrics.size(), b.batch.metrics.size());
  for (std::size_t i = 0; i < a.batch.metrics.size(); ++i) {
    EXPECT_EQ(a.batch.metrics[i].key, b.batch.metrics[i].key);
    EXPECT_EQ(a.batch.metrics[i].value, b.batch.metrics[i].value);
    EXPECT_EQ(a.batch.metrics[i].at_ms, b.batch.metrics[i].at_ms);
    EXPECT_EQ(a.batch.metrics[i].step, b.batch.metrics[i].step);
  }
}

// The type with a character set is not plain, so its body is read as any.
TEST(LogBatch, PlainBatchesAreReadAsAllOthersAre) {
  for (const std::string body : {
           R"({"run_id": "r", "metrics": []})",
           R"({"run_id": "r"})",
           R"({"run_id": "r", "metrics": [{"key": "a", "value": 0.5, "timestamp": 17, "step": -3}, {"value": 2, "timestamp": 18, "key": "ä b"}]})",
           R"({"metrics": [{"key": "a", "key": "b", "value": 1e300, "timestamp": 1, "timestamp": 2}], "params": [], "tags": [], "run_id": "r"})",
       }) {
    const auto plain = read_plain_batch(request_of(body));
    ASSERT_TRUE(plain) << body;
    expect_same(*plain, read_log_batch(request_of(body, "application/json; charset=utf-8")).value());
  }
}

TEST(LogBatch, WhatIsNotPlainIsLeftToTheWholeReading) {
  for (const std::string body : {
           R"({"run_uuid": "r", "metrics": []})",
           R"({"runId": "r", "metrics": []})",
           R"({"run_id": "", "metrics": []})",
           R"({"run_id": "r", "metrics": [{"key": "a", "value": "NaN", "timestamp": 1}]})",
           R"({"run_id": "r", "metrics": [{"key": "a", "value": 1, "timestamp": 1.0}]})",
           R"({"run_id": "r", "metrics": [{"key": "a", "value": 1, "timestamp": 1, "model_id": "m"}]})",
           R"({"run_id": "r", "metrics": [{"key": "", "value": 1, "timestamp": 1}]})",
           R"({"run_id": "r", "metrics": [{"key": "a", "value": 1}]})",
           R"({"run_id": "r", "metrics": [1]})",
           R"({"run_id": "r", "metrics": null})",
           R"({"run_id": "r", "metrics": [], "tags": [{"key": "a", "value": "b"}]})",
           R"([])",
           R"({"run_id": "r")",
           "",
       })
    EXPECT_FALSE(read_plain_batch(request_of(body))) << body;
  EXPECT_FALSE(read_plain_batch(request_of(R"({"run_id": "r"})", "text/plain")));
}

}  // namespace
}  // namespace gyre::mlflow
