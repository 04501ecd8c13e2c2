#include "genai/genai.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "storage/sql/testing.h"

namespace gyre::genai {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kJudge[] = R"({"instructions_judge_pydantic_data": {"model": "openai:/gpt"}})";

class GenaiTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {governance::migrations(), outbox::migrations(), tracking::migrations(), traces::migrations(), migrations()})
      ASSERT_TRUE(sql::migrate(*db_, all));
    ASSERT_TRUE(tracking_.prepare());
  }
  std::string dataset(std::string_view name = "d", const Words& tags = {}) {
    clock_.advance_to(clock_.now_ms() + 1);
    return service_.create_dataset(name, {"0"}, tags).value().id;
  }
  static RecordDraft draft(std::string_view question) { return {.inputs = json::Object{{"q", question}}}; }
  std::vector<std::string> found(std::string filter, std::vector<std::string> order = {}) {
    const auto page = service_.search_datasets({.filter = std::move(filter), .order_by = std::move(order)});
    if (!page) return {page.error().message};
    std::vector<std::string> names;
    for (const auto& one : page->rows) names.push_back(one.name);
    return names;
  }
  std::vector<std::string> questions(const RecordPage& page) {
    std::vector<std::string> all;
    for (const auto& record : page.rows) all.push_back(record.inputs["q"].string_or("?"));
    return all;
  }

  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  std::unique_ptr<blob::Store> blobs_ = blob::open_memory();
  VirtualClock clock_{1000};
  tracking::Service tracking_{*db_, *blobs_, clock_};
  traces::Service traces_{*db_, clock_, tracking_};
  Service service_{*db_, clock_, tracking_, traces_, {}};
};

TEST_P(GenaiTest, ADatasetIsMadeTaggedAndDeleted) {
  const auto id = dataset("d", {{"mlflow.user", "ann"}, {"team", "red"}});
  EXPECT_EQ(service_.dataset(id)->created_by, "ann");
  ASSERT_TRUE(service_.set_dataset_tags(id, {{"team", "blue"}}));
  ASSERT_TRUE(service_.delete_dataset_tag(id, "mlflow.user"));
  EXPECT_THAT(service_.dataset(id)->tags, ElementsAre(std::pair("team", "blue")));
  ASSERT_TRUE(service_.upsert_records(id, {draft("a")}));
  ASSERT_TRUE(service_.delete_dataset(id));
  ASSERT_TRUE(service_.delete_dataset(id)) << "one that is not there is no error";
  EXPECT_EQ(service_.dataset(id).error().code, Code::not_found);
  EXPECT_EQ(service_.records(id, 1, 0).error().code, Code::not_found);
  EXPECT_EQ(service_.set_dataset_tags(id, {}).error().code, Code::not_found);
  EXPECT_EQ(service_.create_dataset("x", {"77"}, {}).error().code, Code::not_found);
  EXPECT_EQ(service_.create_dataset(std::string(kMaxName + 1, 'x'), {}, {}).error().code, Code::invalid);
  EXPECT_EQ(service_.create_dataset("x", {}, {{"k", std::string(kMaxTagValue + 1, 'v')}}).error().code, Code::invalid);
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
}

TEST_P(GenaiTest, DatasetsBelongToExperiments) {
  const auto id = dataset();
  const auto other = tracking_.create_experiment("other", "", {}).value();
  ASSERT_TRUE(service_.add_experiments(id, {other, other}));
  EXPECT_THAT(*service_.dataset_experiments(id), ElementsAre("0", other));
  EXPECT_EQ(service_.add_experiments(id, {"77"}).error().code, Code::not_found);
  EXPECT_EQ(service_.add_experiments("nope", {other}).error().code, Code::not_found);
  EXPECT_EQ(service_.search_datasets({.experiment_ids = {other}})->rows.size(), 1u);
  ASSERT_TRUE(service_.remove_experiments(id, {other, "x", "77"}));
  EXPECT_THAT(service_.search_datasets({.experiment_ids = {other}})->rows, IsEmpty());
}

TEST_P(GenaiTest, DatasetsAreSearched) {
  dataset("one", {{"team", "red"}});
  dataset("two", {{"team", "blue"}});
  EXPECT_THAT(found(""), ElementsAre("two", "one"));
  EXPECT_THAT(found("", {"name DESC"}), ElementsAre("two", "one"));
  EXPECT_THAT(found("tags.team = 'red' OR name = 'two'", {"name"}), ElementsAre("one", "two"));
  EXPECT_THAT(found("tags.team != 'red'"), ElementsAre("two"));
  EXPECT_THAT(found("nope = 'x'"), ElementsAre(HasSubstr("nope")));
  const auto page = service_.search_datasets({.limit = 1}).value();
  EXPECT_EQ(page.next_offset, 1);
  EXPECT_EQ(service_.search_datasets({.limit = 1, .offset = 1})->rows[0].name, "one");
  EXPECT_EQ(service_.search_datasets({.limit = 0}).error().code, Code::invalid);
}

TEST_P(GenaiTest, ARecordIsKnownByItsInputs) {
  const auto id = dataset();
  const RecordDraft first{.inputs = json::Object{{"q", "a"}, {"n", std::int64_t{1}}}, .outputs = "x", .expectations = json::Object{{"e", "1"}}};
  const RecordDraft again{
      .inputs = json::Object{{"n", std::int64_t{1}}, {"q", "a"}}, .expectations = json::Object{{"f", "2"}}, .tags = json::Object{{"mlflow.user", "bob"}}};
  EXPECT_EQ(service_.upsert_records(id, {first, draft("b")})->inserted, 2);
  const auto done = service_.upsert_records(id, {again, RecordDraft{.inputs = json::Object{{"q", "a"}, {"n", 1.5}}}}).value();
  EXPECT_EQ(done.updated, 1);
  EXPECT_EQ(done.inserted, 1) << "another number is another record";
  const auto record = service_.records(id, 10, 0)->rows[0];
  EXPECT_EQ(record.outputs, json::Value("x")) << "what is not told stays";
  EXPECT_EQ(*record.expectations, json::Value(json::Object{{"e", "1"}, {"f", "2"}}));
  EXPECT_EQ(record.updated_by, "bob");
  const auto dataset = service_.dataset(id).value();
  EXPECT_EQ(dataset.records, 3);
  EXPECT_EQ((*dataset.schema)["inputs"], json::Value(json::Object{{"q", "string"}, {"n", "integer"}}));
  EXPECT_EQ((*dataset.schema)["outputs"], json::Value("string"));
  EXPECT_EQ(dataset.updated_by, "bob");
}

TEST_P(GenaiTest, ABadRecordRefusesTheWholeCall) {
  const auto id = dataset();
  EXPECT_EQ(service_.upsert_records(id, {draft("a"), RecordDraft{.inputs = "text"}}).error().code, Code::invalid);
  EXPECT_THAT(service_.upsert_records(id, {draft("a"), RecordDraft{.source = RecordSource{"NOPE", {}}}}).error().message, HasSubstr("Valid source types"));
  EXPECT_EQ(service_.upsert_records(id, std::vector<RecordDraft>(kMaxRecordsPerUpsert + 1)).error().code, Code::invalid);
  EXPECT_EQ(service_.dataset(id)->records, 0);
  EXPECT_EQ(service_.upsert_records("nope", {draft("a")}).error().code, Code::not_found);
}

TEST_P(GenaiTest, PagesOfRecordsNeitherSkipNorRepeat) {
  const auto id = dataset();
  ASSERT_TRUE(service_.upsert_records(id, {draft("a"), draft("b"), draft("c")}));
  const auto first = service_.records(id, 2, 0).value();
  EXPECT_THAT(questions(first), ElementsAre("a", "b"));
  EXPECT_EQ(service_.delete_records(id, {first.rows[0].id, "dr-none"}), 1);
  ASSERT_TRUE(service_.upsert_records(id, {draft("d")}));
  const auto second = service_.records(id, 2, first.next_after).value();
  EXPECT_THAT(questions(second), ElementsAre("c", "d"));
  EXPECT_EQ(second.next_after, -1);
  EXPECT_EQ(service_.dataset(id)->records, 3);
}

TEST_P(GenaiTest, AScorerHasVersions) {
  const auto first = service_.register_scorer("0", "tone", kJudge).value();
  const auto second = service_.register_scorer("0", "tone", kJudge).value();
  EXPECT_EQ(first.id, second.id);
  EXPECT_EQ(second.version, 2);
  EXPECT_EQ(service_.scorer("0", "tone", {})->version, 2);
  EXPECT_EQ(service_.scorer("0", "tone", 1)->serialized, kJudge);
  EXPECT_EQ(service_.scorer("0", "tone", 9).error().code, Code::not_found);
  EXPECT_EQ(service_.scorers({})->size(), 1u);
  ASSERT_TRUE(service_.delete_scorer("0", "tone", 1));
  EXPECT_EQ(service_.delete_scorer("0", "tone", 1).error().code, Code::not_found);
  EXPECT_EQ(service_.scorer_versions("0", "tone")->size(), 1u);
  ASSERT_TRUE(service_.delete_scorer("0", "tone", {}));
  EXPECT_EQ(service_.scorer_versions("0", "tone").error().code, Code::not_found);
}

TEST_P(GenaiTest, ScorersThatAreCodeAreRefusedUnlessAllowed) {
  constexpr std::string_view kCode = R"({"ensemble_scorer_data": {"scorers": [{"call_source": "return True"}]}})";
  EXPECT_THAT(service_.register_scorer("0", "own", kCode).error().message, HasSubstr("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS"));
  Service open{*db_, clock_, tracking_, traces_, {.custom_scorers = true}};
  EXPECT_TRUE(open.register_scorer("0", "own", kCode));
  EXPECT_EQ(service_.register_scorer("0", "x", "no json").error().code, Code::invalid);
  EXPECT_EQ(service_.register_scorer("0", " ", "{}").error().code, Code::invalid);
  EXPECT_EQ(service_.register_scorer("77", "x", "{}").error().code, Code::not_found);
  EXPECT_EQ(service_.register_scorer("0", "x", R"({"builtin_scorer_pydantic_data": {"model": "gateway:/e"}})").error().code, Code::not_found);
  EXPECT_EQ(service_.register_scorer("0", "x", std::string(kMaxScorerBytes + 1, ' ')).error().code, Code::invalid);
}

TEST_P(GenaiTest, OnlineConfigsAreOneAScorer) {
  const auto scorer = service_.register_scorer("0", "tone", kJudge).value();
  ASSERT_TRUE(service_.set_online_config("0", "tone", 0, {}));
  const auto config = service_.set_online_config("0", "tone", 0, "status = 'OK'").value();
  ASSERT_EQ(service_.online_configs({scorer.id, "nope"})->size(), 1u);
  EXPECT_EQ(service_.online_configs({scorer.id})->front().id, config.id);
  EXPECT_EQ(service_.set_online_config("0", "tone", 0.5, {}).error().code, Code::invalid);
  EXPECT_EQ(service_.set_online_config("0", "tone", 0, "nope nope").error().code, Code::invalid);
  ASSERT_TRUE(service_.delete_scorer("0", "tone", {}));
  EXPECT_THAT(*service_.online_configs({scorer.id}), IsEmpty());
}

TEST_P(GenaiTest, TheWorstIssuesComeFirst) {
  const Issue plain{.experiment_id = "0", .name = "plain", .description = "d"};
  auto bad = plain;
  bad.severity = "high";
  bad.root_causes = {"one", "two"};
  const auto worst = service_.create_issue(bad).value();
  clock_.advance_to(2000);
  const auto newer = service_.create_issue(plain).value();
  EXPECT_THAT(worst.root_causes, ElementsAre("one", "two"));
  EXPECT_EQ(service_.search_issues({.experiment_id = "0"})->rows[0].id, worst.id);
  EXPECT_EQ(service_.update_issue(newer.id, {.status = "resolved"})->updated_ms, 2000);
  EXPECT_EQ(service_.search_issues({.search = {.filter = "status = 'resolved'"}})->rows[0].id, newer.id);
  EXPECT_EQ(service_.update_issue(newer.id, {.status = "nope"}).error().code, Code::invalid);
  EXPECT_EQ(service_.issue(newer.id)->status, "resolved");
  EXPECT_EQ(service_.issue("nope").error().code, Code::not_found);
  bad.source_run_id = "nope";
  EXPECT_EQ(service_.create_issue(bad).error().code, Code::not_found);
}

TEST_P(GenaiTest, AnIssueCountsItsTraces) {
  const auto issue = service_.create_issue({.experiment_id = "0", .name = "slow", .description = "d"}).value();
  const auto other = service_.create_issue({.experiment_id = "0", .name = "other", .description = "d"}).value();
  for (const char digit : {'1', '2'}) {
    const auto trace = "tr-" + std::string(32, digit);
    ASSERT_TRUE(traces_.start({.id = trace, .experiment_id = "0", .start_ms = 1}));
    for (int times = 0; times < 2; ++times)
      ASSERT_TRUE(traces_.assess({.trace_id = trace, .name = issue.id, .kind = "issue", .value = "slow", .source_type = "HUMAN", .source_id = "me"}));
  }
  const auto page = service_.search_issues({.experiment_id = "0", .count_traces = true}).value();
  EXPECT_EQ(page.rows[0].id, issue.id);
  EXPECT_EQ(page.rows[0].traces, 2);
  EXPECT_EQ(page.rows[1].id, other.id);
  EXPECT_EQ(page.rows[1].traces, 0);
}

INSTANTIATE_TEST_SUITE_P(Databases, GenaiTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::genai
