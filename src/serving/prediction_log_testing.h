// What the tests of the prediction log share: frames, and a log in a folder of its own.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "serving/prediction_log.h"

namespace gyre::serving {

constexpr std::size_t kAll = 1 << 30;

inline Frame frame(std::string id, TimeMs at_ms) {
  Frame f;
  f.request_id = std::move(id);
  f.role = "primary";
  f.at_ms = at_ms;
  f.version = 3;
  f.rows = 2;
  f.ids = {"a", "b"};
  f.inputs = {{"origin", {2, 1}, std::vector<std::string>{"ORD", "LAX"}}, {"distance", {2, 1}, std::vector<float>{1.5f, 2.f}}};
  f.outputs = {{"p", {2, 1}, std::vector<float>{.1f, .9f}}};
  return f;
}

class PredictionLogTest : public testing::Test {
 protected:
  std::unique_ptr<PredictionLog> open() { return open_at(folder_.path()); }
  std::unique_ptr<PredictionLog> open_at(const std::filesystem::path& folder) {
    auto log = std::make_unique<PredictionLog>(folder, *engine_);
    const auto recovered = log->recover();
    EXPECT_TRUE(recovered) << recovered.error().message;
    return log;
  }
  std::filesystem::path segment(int number) const { return folder_.path() / "e" / fmt::format("{:010}.log", number); }
  query::Table table(const std::filesystem::path& file, std::string_view columns) {
    auto found = query::fetch(*engine_, fmt::format("SELECT {} FROM read_parquet({}) ORDER BY 1", columns, query::quote(file.string())));
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : query::Table{};
  }
  static std::vector<std::string> requests(PredictionLog& log, Position after = {}) {
    std::vector<std::string> ids;
    for (const auto& one : log.read("e", after, kAll).value().frames) ids.push_back(one.request_id);
    return ids;
  }

  const ScratchFolder folder_;
  std::unique_ptr<query::Engine> engine_ = query::open({});
};

}  // namespace gyre::serving
