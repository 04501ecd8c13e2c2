// Two servers on one database: each with a folder of its own, content shared.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "app/house.h"
#include "base/yaml.h"
#include "exec/launcher.h"
#include "storage/sql/testing.h"

namespace gyre::app {
namespace {

constexpr TimeMs kStart = 1'000'000'000'000;

class SharingTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    ASSERT_TRUE(make_folders(folder_.path() / "code"));
    one_ = open("one");
    other_ = open("other");
    beat(*one_);  // it has the common duties
    beat(*other_);
  }
  std::unique_ptr<House> open(const char* name) {
    auto opened = House::open({.data_dir = folder_.path() / name, .database = database_.url(), .artifact_root = folder_.path() / "blobs"}, clock_);
    EXPECT_TRUE(opened) << opened.error().message << opened.error().detail;
    return std::move(*opened);
  }
  static void beat(House& house, const std::function<bool()>& interrupted = [] { return false; }) {
    const auto settled = house.heart().settle(interrupted);
    EXPECT_TRUE(settled || settled.error().code == Code::cancelled) << settled.error().message << settled.error().detail;
  }
  void pass(std::int64_t ms) { clock_.advance_to(clock_.now_ms() + ms); }
  void apply_pipeline(const char* yaml) { ASSERT_TRUE(one_->rooms().pipelines.apply("p", yaml::parse(yaml).value(), folder_.path() / "code", "user:test")); }
  std::int64_t runs() { return one_->rooms().pipelines.count_runs("p").value(); }

  const ScratchFolder folder_;
  sql::TestDatabase database_{"Postgres"};
  VirtualClock clock_{kStart};
  std::unique_ptr<House> one_, other_;
};

TEST_F(SharingTest, OneStartsWhatIsScheduledAndTheOtherWhenThatOneIsGone) {
  apply_pipeline("{schedule: {every: 1m}, steps: [{name: a, command: \"true\", tracked: false}]}");
  pass(kMinuteMs);
  beat(*other_);
  EXPECT_EQ(runs(), 0);
  beat(*one_);
  beat(*other_);
  EXPECT_EQ(runs(), 1);
  pass(Membership::kGoneMs + 1);  // without a sign of the first
  beat(*other_);
  EXPECT_EQ(runs(), 2);
  pass(kMinuteMs);
  beat(*one_);  // it is back, and has to wait
  EXPECT_EQ(runs(), 2);
  other_.reset();
  other_ = open("other");  // the same server as before
  beat(*other_);
  EXPECT_EQ(runs(), 3);
}

TEST_F(SharingTest, AnEventGoesToRoomsOnceAndAtOnceToTheOtherWhenOneStops) {
  ASSERT_TRUE(one_->rooms().datasets.create_repo("r", "user:test"));
  apply_pipeline("{on: [{event: commit.created, repo: r}], steps: [{name: a, command: \"true\", tracked: false}]}");
  const auto commit = [&] {
    ASSERT_TRUE(other_->db().write([&](sql::Tx& tx) { return outbox::publish(tx, kStart, "commit.created", "s", json::Object{{"repo", "r"}}); }));
  };
  commit();
  beat(*other_);
  EXPECT_EQ(runs(), 0);
  beat(*one_);
  EXPECT_EQ(runs(), 1);
  beat(*other_);
  EXPECT_EQ(one_->rooms().pipelines.runs("p", 1, "")->front().status, "succeeded");
  one_.reset();
  pass(sql::LeaseTerms{}.ttl_ms / 3);  // since it asked
  commit();
  beat(*other_);
  EXPECT_EQ(other_->rooms().pipelines.count_runs("p").value(), 2);
}

TEST_F(SharingTest, ARunIsMovedByTheServerThatHasItsJobsAndStartedOnceMoreWhenThatIsGone) {
  const auto mark = folder_.path() / "mark";
  apply_pipeline(fmt::format("{{steps: [{{name: a, command: \"test -e {0} && exit 0; touch {0}; sleep 5\", tracked: false}}, {{name: b, command: \"true\", "
                             "after: [a], tracked: false}}]}}",
                             mark.string())
                     .c_str());
  auto& rooms = one_->rooms();
  const auto id = rooms.pipelines.start({"p", {}, "by hand", ""}).value();
  beat(*one_, [&] { return std::filesystem::exists(mark); });
  beat(*other_);
  EXPECT_EQ(rooms.pipelines.run(id)->steps.front().status, "running");  // the other has no such job, and lets it be
  pass(Membership::kGoneMs + 1);
  beat(*other_);
  EXPECT_EQ(rooms.pipelines.run(id)->status, "succeeded");
  beat(*one_);  // it comes to itself, late
  const auto after = rooms.pipelines.run(id).value();
  EXPECT_EQ(after.status, "succeeded");
  EXPECT_EQ(after.steps.front().attempt, 1);
}

TEST_F(SharingTest, MonitorsAndPoliciesStayWhereTheLogIs) {
  struct Holder {
    std::string name;
  };
  const auto home = [&] {
    return other_->db().read([](sql::Tx& tx) { return tx.select<Holder>("SELECT holder FROM leases WHERE name = 'home'"); }).value().front().name;
  };
  const auto first = home();
  pass(Membership::kGoneMs + 1);
  beat(*other_);  // was there all the time, with a log of its own
  EXPECT_EQ(home(), first);
  beat(*one_);
  one_.reset();
  one_ = open("one");
  beat(*one_);
  EXPECT_EQ(home(), first);
  pass(Membership::kGoneMs + 1);
  other_.reset();
  other_ = open("other");  // starts when the first is gone
  beat(*other_);
  EXPECT_NE(home(), first);
}

// Writes a row each time that it is asked.
class Counting final : public Duty {
 public:
  explicit Counting(sql::Db& db) : db_(db) {}
  std::string_view name() const override { return "counting"; }
  Result<DutyState> run_due(TimeMs) override {
    before_writing();
    TRY(db_.write([](sql::Tx& tx) { return tx.exec("UPDATE counted SET n = n + 1"); }));
    return DutyState{.worked = true, .busy = false, .next_due_ms = {}};
  }
  std::function<void()> before_writing = [] {};

 private:
  sql::Db& db_;
};

TEST(LeasedDuty, IsDoneByOneAndNotByOneWhoComesTooLate) {
  sql::TestDatabase database("Postgres");
  if (!database.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
  struct Count {
    std::int64_t n;
  };
  ASSERT_TRUE(sql::migrate(*database.db(), sql::lease_migrations()));
  ASSERT_TRUE(database.db()->write([](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("CREATE TABLE counted (n BIGINT NOT NULL)"));
    return tx.exec("INSERT INTO counted (n) VALUES (0)");
  }));
  const auto counted = [&] { return database.db()->read([](sql::Tx& tx) { return tx.select<Count>("SELECT n FROM counted"); }).value().front().n; };
  const auto fenced = sql::make_fenced(sql::open(database.url()).value());
  sql::Lease mine(*fenced, "counting", "one"), others(*fenced, "counting", "other");
  Counting work(*fenced), others_work(*fenced);
  Leased one(work, mine), other(others_work, others);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(one.run_due(1000)->worked);
    EXPECT_FALSE(other.run_due(1000)->worked);
  }
  EXPECT_EQ(counted(), 3);
  work.before_writing = [&] {  // it slept in the middle, and meanwhile another has taken over and worked
    std::thread([&] { EXPECT_TRUE(other.run_due(1000 + sql::LeaseTerms{}.ttl_ms + 1)->worked); }).join();
  };
  const auto late = one.run_due(1001);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::conflict);
  EXPECT_EQ(counted(), 4);
}

}  // namespace
}  // namespace gyre::app

// Jobs' shims are this very binary.
int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "exec-shim") return gyre::exec::shim_main(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
