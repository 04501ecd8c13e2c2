#include "tracking/control.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracking/silence.h"
#include "tracking/testing.h"
#include "tracking/watched.h"

namespace gyre::tracking {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ControlTest : public ServiceTest {
 protected:
  ControlTest() : ServiceTest(1'700'000'000'000) {}
  std::string new_run(std::string name = "r", std::vector<Tag> tags = {}) {
    clock_.advance_to(clock_.now_ms() + 1);
    return service_.create_run({"0", std::move(name), "me", clock_.now_ms(), std::move(tags)}).value().info.id;
  }
  std::string tag(const std::string& run, std::string_view key) {
    for (const auto& tag : service_.run(run)->tags) {
      if (tag.key == key) return tag.value;
    }
    return "none";
  }
  void set_status(const std::string& run, std::string status) {
    ASSERT_TRUE(service_.update_run(run, {.status = std::move(status), .name = {}, .end_ms = {}}));
  }
  std::vector<std::string> found(std::string view) {
    std::vector<std::string> names;
    const auto page = service_.search_runs({.experiment_ids = {"0"}, .view = std::move(view), .order_by = {"attributes.run_name ASC"}}).value();
    for (const auto& run : page.rows) names.push_back(run.info.name);
    return names;
  }
  std::vector<std::string> topics() {
    std::vector<std::string> topics;
    outbox::Dispatcher dispatcher(*db_);
    dispatcher.subscribe("test", "run.", [&](const outbox::Event& event) {
      if (event.topic != "run.created") topics.push_back(event.topic);
      return Result<void>();
    });
    while (dispatcher.deliver().value() > 0) continue;
    return topics;
  }
  DutyState pass(TimeMs ms) {
    clock_.advance_to(clock_.now_ms() + ms);
    return silence_.run_due(clock_.now_ms()).value();
  }
  void log(const std::string& run, double value, std::int64_t step = 0, std::string key = "loss") {
    ASSERT_TRUE(service_.log_batch(run, {.metrics = {{std::move(key), value, clock_.now_ms(), step}}, .params = {}, .tags = {}}));
  }

  Control control_{*db_, clock_};
  Silence silence_{*db_};
};

TEST_P(ControlTest, ARequestToStopStandsUntilItIsTakenBackOrObeyed) {
  const auto run = new_run();
  EXPECT_EQ(control_.signal(run)->rev, 0);
  const auto asked = control_.stop(run, "diverges", "user:a").value();
  EXPECT_TRUE(asked.stop && asked.by == "user:a" && asked.at_ms == clock_.now_ms() && asked.rev == 1);
  EXPECT_EQ(control_.stop(run, "other", "user:b")->reason, "diverges");
  EXPECT_EQ(tag(run, kStopTag), "diverges");
  EXPECT_EQ(control_.standing(run)->state, "stopping");
  EXPECT_FALSE(control_.resume(run, "user:a")->stop);
  EXPECT_EQ(tag(run, kStopTag), "none");
  EXPECT_EQ(control_.resume(run, "user:a")->rev, 2);
  ASSERT_TRUE(control_.stop(run, "", "user:a"));
  set_status(run, "KILLED");
  EXPECT_EQ(control_.resume(run, "user:a").error().code, Code::conflict);
  EXPECT_TRUE(control_.signal(run)->stop);
  set_status(run, "RUNNING");
  EXPECT_FALSE(control_.signal(run)->stop);
  EXPECT_EQ(tag(run, kStopTag), "none");
  set_status(run, "FINISHED");
  EXPECT_EQ(control_.stop(run, "", "user:a").error().code, Code::conflict);
  EXPECT_EQ(control_.signal("none").error().code, Code::not_found);
  EXPECT_THAT(topics(), ElementsAre("run.stop", "run.resume", "run.stop", "run.finished", "run.finished"));
}

TEST_P(ControlTest, ArchivedRunsAreInTheirOwnViewAndComeBack) {
  std::vector<std::string> runs;
  for (int i = 0; i < 600; ++i) runs.push_back(new_run(fmt::format("r{:03}", i)));
  const auto outcome = control_.bulk({.runs = {}, .select = Search{.experiment_ids = {"0"}, .filter = "attributes.run_name != 'r599'", .limit = 10'000}}, "u");
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->changed == 599 && outcome->matched == 599 && !outcome->more);
  EXPECT_THAT(found("ACTIVE_ONLY"), ElementsAre("r599"));
  EXPECT_THAT(found("ARCHIVED_ONLY"), SizeIs(599));
  EXPECT_THAT(found("NOT_DELETED"), SizeIs(600));
  ASSERT_THAT(outcome->undo, SizeIs(1));
  EXPECT_EQ(control_.bulk({.runs = outcome->undo[0].runs, .select = {}, .action = outcome->undo[0].action}, "u")->changed, 599);
  EXPECT_THAT(found("ARCHIVED_ONLY"), IsEmpty());
}

TEST_P(ControlTest, TagsInBulkTellTheWayBack) {
  const auto a = new_run("a", {{"team", "x"}}), b = new_run("b");
  set_status(b, "FINISHED");
  auto order = BulkOrder{.runs = {a, b, "gone"}, .select = {}, .action = BulkAction::tag, .tags = {{"team", "y"}, {"new", "1"}}};
  const auto outcome = control_.bulk(order, "u").value();
  EXPECT_TRUE(outcome.changed == 2 && outcome.skipped_total == 1);
  for (const auto& undo : outcome.undo)
    ASSERT_TRUE(control_.bulk({.runs = undo.runs, .select = {}, .action = undo.action, .tags = undo.tags, .keys = undo.keys}, "u"));
  EXPECT_TRUE(tag(a, "team") == "x" && tag(a, "new") == "none" && tag(b, "team") == "none");
  EXPECT_EQ(control_.bulk({.runs = {a, b}, .select = {}, .action = BulkAction::stop}, "u")->changed, 1) << "b has ended";
  order.tags = {{std::string(kStopTag), "1"}};
  EXPECT_EQ(control_.bulk(order, "u").error().code, Code::invalid);
}

TEST_P(ControlTest, AChangeTellsWhatTakesItBack) {
  const auto run = new_run("amber", {{"team", "x"}});
  const auto back = control_.change(run, {.name = "umber", .note = "text", .tags = {{"team", std::nullopt}, {"n", "1"}}}, "u").value();
  EXPECT_EQ(service_.run(run)->info.name, "umber");
  EXPECT_EQ(tag(run, kNoteTag), "text");
  ASSERT_TRUE(control_.change(run, back, "u"));
  EXPECT_TRUE(service_.run(run)->info.name == "amber" && tag(run, "team") == "x" && tag(run, "n") == "none" && tag(run, kNoteTag) == "none");
}

TEST_P(ControlTest, ARunThatBeatsIsSilentAfterThreeIntervalsAndHeardAgainWhenItLogs) {
  const auto run = new_run(), other = new_run();
  EXPECT_EQ(control_.beat(run, std::nullopt).error().code, Code::invalid);
  EXPECT_EQ(control_.beat(run, 1).error().code, Code::invalid);
  ASSERT_TRUE(control_.beat(run, 10'000));
  EXPECT_FALSE(pass(29'999).worked);
  EXPECT_EQ(control_.standing(run)->state, "running");
  EXPECT_TRUE(pass(1).worked);
  EXPECT_EQ(control_.standing(run)->state, "silent");
  EXPECT_EQ(from_iso(tag(run, kSilentTag)).value(), clock_.now_ms() - 30'000);
  EXPECT_FALSE(pass(100'000).worked);
  log(run, 1);
  EXPECT_EQ(control_.standing(run)->state, "running");
  EXPECT_EQ(tag(run, kSilentTag), "none");
  EXPECT_EQ(pass(20'000).next_due_ms, clock_.now_ms() + 10'000);
  log(run, 1);
  pass(20'000);
  EXPECT_EQ(control_.standing(run)->state, "running");
  pass(20'000);
  EXPECT_EQ(control_.standing(run)->state, "silent");
  ASSERT_TRUE(control_.beat(run, std::nullopt));
  set_status(run, "FINISHED");
  pass(100'000);
  EXPECT_EQ(control_.standing(run)->state, "finished");
  EXPECT_EQ(control_.beat(run, 10'000).error().code, Code::conflict);
  EXPECT_EQ(control_.standing(other)->state, "running") << "it never said that it would beat";
  EXPECT_THAT(topics(), ElementsAre("run.silent", "run.heard", "run.silent", "run.heard", "run.finished"));
}

TEST_P(ControlTest, WatchedPointsAreKeptUntilTheyAreHeardAndOthersAreNot) {
  const auto run = new_run();
  const auto watched = [&] { return db_->read([](sql::Tx& tx) { return read_watched(tx, 100); }).value(); };
  const auto watch = [&](std::vector<Watch> watches) { ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return set_watches(tx, "test", watches); })); };
  log(run, 1);
  EXPECT_THAT(watched(), IsEmpty());
  watch({{0, "loss"}, {-1, "val/*"}, {7, "*"}});
  log(run, 2, 5);
  log(run, 3, 6, "val/auc");
  log(run, 4, 7, "other");
  const auto heard = watched();
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_TRUE(heard[0].run_id == run && heard[0].metrics.at(0).key == "loss" && heard[0].metrics[0].value == 2 && heard[0].metrics[0].step == 5);
  EXPECT_EQ(heard[1].metrics.at(0).key, "val/auc");
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return forget_watched(tx, heard); }));
  EXPECT_EQ(db_->write([&](sql::Tx& tx) { return forget_watched(tx, heard); }).error().code, Code::conflict);
  watch({});
  log(run, 5);
  EXPECT_THAT(watched(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Databases, ControlTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
