#include "views/views.h"

#include <gtest/gtest.h>

#include "governance/governance.h"
#include "storage/sql/testing.h"

namespace gyre::views {
namespace {

json::Value state(std::string_view text) { return json::parse(text).value(); }

class ViewsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {governance::migrations(), migrations()}) ASSERT_TRUE(sql::migrate(*db_, all));
  }
  std::string link(std::string_view text) { return views_.create({.kind = "runs", .state = state(text)}, "user:a").value().id; }
  View shared(std::string_view name, std::string_view text = R"({"a": 1})") {
    return views_.create({.scope = Scope::shared, .kind = "runs", .subject = "1", .name = std::string(name), .state = state(text)}, "user:a").value();
  }
  std::vector<std::string> actions() {
    std::vector<std::string> actions;
    for (const auto& entry : governance::Service(*db_).audit_log(0, 100).value()) actions.insert(actions.begin(), entry.entry.action);
    return actions;
  }

  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  VirtualClock clock_{1000};
  Service views_{*db_, clock_};
};

TEST_P(ViewsTest, ALinkIsNamedAfterItsState) {
  const auto id = link(R"({"filter": "params.lr > 1", "columns": ["a", "b"]})");
  EXPECT_EQ(id.size(), kLinkCharacters);
  EXPECT_EQ(link(R"({"columns": ["a", "b"], "filter": "params.lr > 1"})"), id);
  EXPECT_NE(link(R"({"columns": ["b", "a"], "filter": "params.lr > 1"})"), id);
  EXPECT_NE(views_.create({.kind = "runs", .subject = "2", .state = state(R"({"filter": "params.lr > 1", "columns": ["a", "b"]})")}, "u").value().id, id);
  EXPECT_EQ(views_.view(id).value().state, R"({"filter":"params.lr > 1","columns":["a","b"]})");
  EXPECT_EQ(actions(), (std::vector<std::string>{"view.link", "view.link", "view.link"}));
  EXPECT_EQ(views_.change(id, std::nullopt, {.name = "n"}, "u").error().code, Code::invalid);
  EXPECT_EQ(views_.remove(id, std::nullopt, "u").error().code, Code::invalid);
}

TEST_P(ViewsTest, ASharedViewHasRevisions) {
  const auto first = shared("best");
  EXPECT_EQ(first.revision, 1);
  const auto second = views_.change(first.id, 1, {.state = state(R"({"a": 2})")}, "user:b").value();
  EXPECT_FALSE(second.stale);
  EXPECT_EQ(second.view.revision, 2);
  EXPECT_EQ(second.view.changed_by, "user:b");
  const auto late = views_.change(first.id, 1, {.state = state(R"({"a": 3})")}, "user:c").value();
  EXPECT_TRUE(late.stale);
  EXPECT_EQ(late.view.state, R"({"a":2})");
  EXPECT_EQ(views_.view(first.id).value().state, R"({"a":2})");
  EXPECT_EQ(views_.change(first.id, 2, {.name = "best"}, "user:c").value().view.revision, 2) << "nothing changed";
}

TEST_P(ViewsTest, WhatIsDeletedComesBackByAChange) {
  const auto made = shared("best");
  const auto gone = views_.remove(made.id, 1, "user:a").value().view;
  EXPECT_TRUE(gone.deleted_ms);
  EXPECT_EQ(views_.view(made.id).error().code, Code::not_found);
  EXPECT_EQ(views_.list({}).value().total, 0);
  const auto again = shared("best");
  EXPECT_EQ(views_.change(made.id, gone.revision, {}, "user:a").error().code, Code::conflict) << "its name is taken meanwhile";
  EXPECT_EQ(views_.change(made.id, gone.revision, {.name = "the old best"}, "user:a").value().view.revision, 3);
  EXPECT_EQ(views_.list({.kind = "runs", .subject = "1"}).value().total, 2);
  EXPECT_EQ(actions(), (std::vector<std::string>{"view.create", "view.delete", "view.create", "view.restore"}));
}

TEST_P(ViewsTest, ListsByNameAPageAtATime) {
  for (const auto* name : {"c", "a", "b"}) shared(name);
  link("{}");
  ASSERT_TRUE(views_.create({.scope = Scope::shared, .kind = "traces", .name = "d", .state = state("{}")}, "u"));
  const auto page = views_.list({.kind = "runs", .limit = 2}).value();
  EXPECT_EQ(page.total, 3);
  ASSERT_EQ(page.rows.size(), 2);
  EXPECT_EQ(page.rows[0].name, "a");
  const auto rest = views_.list({.kind = "runs", .limit = 2, .offset = page.next_offset}).value();
  EXPECT_EQ(rest.rows.at(0).name, "c");
  EXPECT_EQ(rest.next_offset, -1);
  EXPECT_EQ(views_.list({.kind = "runs", .subject = "2"}).value().total, 0);
}

TEST_P(ViewsTest, BadOnesAreRefused) {
  const auto refused = [&](const NewView& view) { return views_.create(view, "u").error().code; };
  EXPECT_EQ(refused({.kind = "", .state = state("{}")}), Code::invalid);
  EXPECT_EQ(refused({.kind = "Runs!", .state = state("{}")}), Code::invalid);
  EXPECT_EQ(refused({.kind = "runs", .state = state("[]")}), Code::invalid);
  EXPECT_EQ(refused({.kind = "runs", .name = "n", .state = state("{}")}), Code::invalid);
  EXPECT_EQ(refused({.scope = Scope::shared, .kind = "runs", .name = "  ", .state = state("{}")}), Code::invalid);
  EXPECT_EQ(refused({.scope = Scope::shared, .kind = "runs", .name = std::string(121, 'n'), .state = state("{}")}), Code::invalid);
  EXPECT_EQ(refused({.kind = "runs", .state = json::Object{{"x", std::string(kMaxStateBytes, 'x')}}}), Code::invalid);
  shared("best");
  EXPECT_EQ(refused({.scope = Scope::shared, .kind = "runs", .subject = "1", .name = "best", .state = state("{}")}), Code::conflict);
  EXPECT_EQ(views_.change("none", 1, {}, "u").error().code, Code::not_found);
}

TEST_P(ViewsTest, ALinkThatWasTamperedWithIsFound) {
  const auto id = link(R"({"a": 1})");
  EXPECT_TRUE(views_.verify().value().problems.empty());
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return tx.exec("UPDATE views SET state = '{\"a\":2}' WHERE id = $1", id); }));
  EXPECT_EQ(views_.verify().value().problems.size(), 1);
}

INSTANTIATE_TEST_SUITE_P(Databases, ViewsTest, testing::Values("SqliteFile", "Postgres"));

}  // namespace
}  // namespace gyre::views
