#include "app/demo/traffic.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "net/server.h"

namespace gyre::demo {
namespace {

using testing::ElementsAre;

constexpr TimeMs kDay = 983'750'400'000;

// An endpoint that has not learned the airport ZZZ, and remembers what it was sent.
class TrafficTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto to_response = [](const Error& error, const net::Request&) { return net::text_response(error.message, 500); };
    router_.add("POST", "/endpoints/:name/invocations", [this](const net::Request& request) { return score(request); }, to_response);
    router_.add(
        "POST", "/api/v1/endpoints/:name/labels",
        [this](const net::Request& request) -> Result<net::Response> {
          labels_.push_back(TRY(json::parse(request.body)));
          return net::json_response("{}");
        },
        to_response);
    server_ = net::Server::start({}, router_, hub_).value();
    traffic_.emplace(fmt::format("http://127.0.0.1:{}", server_->port()), "e");
  }

  Result<net::Response> score(const net::Request& request) {
    const auto body = TRY(json::parse(request.body));
    const auto& rows = *body["dataframe_split"]["data"].if_array();
    ids_.push_back(request.request_id);
    if (broken_) return net::json_response(R"({"message": "out of order"})", 500);
    std::string cells;
    std::size_t unknown = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if ((*rows[row].if_array())[1].string_or("") != "ZZZ" || ++unknown > 20) continue;
      cells += fmt::format("{}{{\"row\": {}, \"column\": \"origin\", \"value\": \"ZZZ\"}}", cells.empty() ? "" : ", ", row);
    }
    if (!cells.empty()) return net::json_response(fmt::format("{{\"details\": [{}]}}", cells), 422);
    for (const auto& row : rows) scored_.push_back((*row.if_array())[0].int_or(0));
    return net::json_response("{}");
  }

  static Day flights(std::size_t rows, int hour = 9) {
    Day day;
    for (std::size_t i = 0; i < rows; ++i) {
      day.flight_id.push_back(static_cast<std::int64_t>(i));
      day.origin.push_back("ORD");
      day.destination.push_back("LAX");
      day.distance.push_back(1745);
      day.dep_min.push_back(hour * 60.0);
      day.dow.push_back(1);
      day.hour.push_back(hour);
      day.late.push_back(i % 2 == 1);
    }
    return day;
  }

  net::Router router_;
  net::Hub hub_;
  std::unique_ptr<net::Server> server_;
  std::optional<Traffic> traffic_;
  std::vector<std::string> ids_;
  std::vector<std::int64_t> scored_;
  std::vector<json::Value> labels_;
  bool broken_ = false;
};

TEST_F(TrafficTest, SendsAnHourInBatchesUnderIdsOfTheirOwn) {
  const auto sent = traffic_->send_hour(flights(2500), kDay, 9).value();
  EXPECT_EQ(sent.scored, 2500);
  EXPECT_EQ(sent.refused, 0);
  EXPECT_EQ(scored_.size(), 2500U);
  EXPECT_THAT(ids_, ElementsAre("flights-2001-03-05-09-0-0", "flights-2001-03-05-09-1-0", "flights-2001-03-05-09-2-0"));
}

TEST_F(TrafficTest, SendsNothingOfOtherHours) {
  EXPECT_EQ(traffic_->send_hour(flights(10, 8), kDay, 9)->requests, 0);
  EXPECT_TRUE(ids_.empty());
}

TEST_F(TrafficTest, LeavesOutRowsThatAreRefusedAndCountsThem) {
  auto day = flights(100);
  for (const std::size_t row : {3, 50, 99}) day.origin[row] = "ZZZ";
  const auto sent = traffic_->send_hour(day, kDay, 9).value();
  EXPECT_EQ(sent.scored, 97);
  EXPECT_EQ(sent.refused, 3);
  EXPECT_THAT(ids_, ElementsAre("flights-2001-03-05-09-0-0", "flights-2001-03-05-09-0-1"));
  EXPECT_EQ(std::ranges::count(scored_, 50), 0);
}

TEST_F(TrafficTest, GoesOnWhereMoreRowsAreRefusedThanOneAnswerNames) {
  auto day = flights(100);
  for (std::size_t row = 0; row < 45; ++row) day.origin[row] = "ZZZ";
  const auto sent = traffic_->send_hour(day, kDay, 9).value();
  EXPECT_EQ(sent.refused, 45);
  EXPECT_EQ(sent.scored, 55);
  EXPECT_EQ(sent.requests, 4);
}

TEST_F(TrafficTest, AServerThatFailsIsAnErrorAndNotARefusal) {
  broken_ = true;
  const auto sent = traffic_->send_hour(flights(5), kDay, 9);
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, testing::HasSubstr("500"));
}

TEST_F(TrafficTest, LabelsGoById) {
  ASSERT_TRUE(traffic_->send_labels(flights(3), kDay));
  ASSERT_EQ(labels_.size(), 1U);
  EXPECT_EQ(json::to_text(labels_[0]), R"({"key":"labels-2001-03-05","ids":["0","1","2"],"labels":[0,1,0]})");
}

}  // namespace
}  // namespace gyre::demo
