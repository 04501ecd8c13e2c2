// A tracking service for tests, on each database. Inside tracking/ only.
#pragma once

#include <gtest/gtest.h>

#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "storage/sql/testing.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

class ServiceTest : public testing::TestWithParam<const char*> {
 protected:
  explicit ServiceTest(TimeMs now_ms = 1000) : clock_(now_ms) {}
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {governance::migrations(), outbox::migrations(), migrations()}) ASSERT_TRUE(sql::migrate(*db_, all));
    ASSERT_TRUE(service_.prepare());
  }

  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  std::unique_ptr<blob::Store> blobs_ = blob::open_memory();
  VirtualClock clock_;
  Service service_{*db_, *blobs_, clock_};
};

}  // namespace gyre::tracking
