#include "registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "storage/sql/testing.h"

namespace gyre::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RegistryTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto migrations : {governance::migrations(), outbox::migrations(), tracking::migrations(), registry::migrations()})
      ASSERT_TRUE(sql::migrate(*db_, migrations));
    ASSERT_TRUE(tracking_.prepare());
    ASSERT_TRUE(service_.create_model("late", "flights that are late", {{"team", "ops"}}));
  }
  void put(std::string_view key, std::string_view bytes) {
    StringSource source(bytes);
    ASSERT_TRUE(blobs_->put(key, source));
  }
  // A run with a model among its artifacts.
  tracking::Run run_with_model(std::string_view step = "") {
    const auto run =
        step.empty() ? tracking_.create_run({"0", "train", "", 1, {}}).value() : tracking_.ensure_run(step, "Default", {"", "train", "", 1, {}}).value();
    const auto root = tracking::artifact_key(run.info.artifact_uri + "/model").value();
    put(root + "/model.onnx", "onnx bytes");
    put(root + "/MLmodel", "flavors: {}");
    return run;
  }
  Result<Version> register_run(const tracking::Run& run) {
    return service_.create_version({"late", "runs:/" + run.info.id + "/model", run.info.id, "", "", {{"k", "v"}}});
  }

  const ScratchFolder folder_;
  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  std::unique_ptr<blob::Store> blobs_ = blob::open_local(folder_.path()).value();
  VirtualClock clock_{1000};
  tracking::Service tracking_{*db_, *blobs_, clock_};
  Service service_{*db_, *blobs_, clock_, tracking_};
};

TEST_P(RegistryTest, ModelsAreNamedOnce) {
  EXPECT_EQ(service_.create_model("late", "", {}).error().code, Code::conflict);
  EXPECT_EQ(service_.create_model("a/b", "", {}).error().code, Code::invalid);
  EXPECT_EQ(service_.model("late")->tags[0].value, "ops");
  EXPECT_EQ(service_.model("nope").error().code, Code::not_found);
  EXPECT_EQ(service_.describe_model("late", "other")->description, "other");
  ASSERT_TRUE(service_.set_model_tag("late", {"team", "data"}));
  ASSERT_TRUE(service_.delete_model_tag("late", "team"));
  EXPECT_TRUE(service_.model("late")->tags.empty());
  EXPECT_EQ(service_.models("la%", 10, 0)->size(), 1u);
  EXPECT_EQ(service_.models("", 10, 1)->size(), 0u);
}

TEST_P(RegistryTest, APromptsVersionHasATextAndNoFiles) {
  const Tag prompt{"mlflow.prompt.is_prompt", "true"};
  ASSERT_TRUE(service_.create_model("greet", "", {prompt}));
  const auto made = service_.create_version({"greet", "dummy-source", "", "", "", {prompt, {"mlflow.prompt.text", "Hello {{name}}"}}}).value();
  EXPECT_EQ(made.source, "dummy-source");
  EXPECT_TRUE(service_.files("greet", 1)->empty());
  const Tag too_long{"mlflow.prompt.text", std::string(100'001, 'x')};
  EXPECT_THAT(service_.create_version({"greet", "dummy-source", "", "", "", {prompt, too_long}}).error().message, HasSubstr("Prompt text exceeds"));
  EXPECT_THAT(service_.set_version_tag("greet", 1, too_long).error().message, HasSubstr("Prompt text exceeds"));
  EXPECT_EQ(service_.create_version({"late", "dummy-source", "", "", "", {}}).error().code, Code::invalid) << "a model's source is looked at";
  EXPECT_EQ(service_.search_models({.filter = "name LIKE '%'", .limit = 10})->rows.size(), 1u) << "who looks for models does not mean prompts";
  EXPECT_EQ(service_.search_versions({.filter = "", .limit = 10})->rows.size(), 0u);
  EXPECT_EQ(service_.search_versions({.filter = "tags.`mlflow.prompt.is_prompt` = 'true'", .limit = 10})->rows.size(), 1u);
}

TEST_P(RegistryTest, VersionsAreNumberedAndKnowTheirFiles) {
  const auto first = register_run(run_with_model()).value();
  const auto second = register_run(run_with_model()).value();
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(second.version, 2);
  EXPECT_EQ(second.tags[0].value, "v");
  const auto files = service_.files("late", 1).value();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[1].path, "model.onnx");
  EXPECT_TRUE(service_.onnx_file("late", 1, folder_.path()));
  EXPECT_EQ(service_.versions("late", "", 10, 0)->front().version, 2);
  EXPECT_EQ(service_.versions("", first.run_id, 10, 0)->size(), 1u);
  EXPECT_EQ(service_.create_version({"nope", "mlflow-artifacts:/0/x", "", "", "", {}}).error().code, Code::not_found);
  EXPECT_EQ(service_.create_version({"late", "file:///etc", "", "", "", {}}).error().code, Code::invalid);
  EXPECT_EQ(service_.create_version({"late", "models:/late/1", "", "", "", {}})->artifact_uri, first.artifact_uri);
}

TEST_P(RegistryTest, AStepRegistersOnceHoweverOftenItTries) {
  const auto run = run_with_model("step-1");
  std::vector<std::int64_t> numbers(4);
  std::vector<std::thread> threads;
  for (auto& number : numbers) {
    threads.emplace_back([&] {
      const auto version = register_run(run);
      if (version) number = version->version;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(numbers, ElementsAre(1, 1, 1, 1));
}

TEST_P(RegistryTest, AliasesMoveAndAreLookedUp) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(register_run(run_with_model()));
  ASSERT_TRUE(service_.set_alias("late", "champion", 1, "user:a"));
  ASSERT_TRUE(service_.set_alias("late", "champion", 2, "user:a"));
  EXPECT_EQ(service_.by_alias("late", "champion")->version, 2);
  EXPECT_EQ(service_.set_alias("late", "champion", 9, "user:a").error().code, Code::not_found);
  for (const char* bad : {"", "latest", "v1", "two words", "a/b", "a@b"})
    EXPECT_EQ(service_.set_alias("late", bad, 1, "user:a").error().code, Code::invalid) << bad;
  EXPECT_EQ(find_version(service_, "late@1")->version, 1);
  EXPECT_EQ(find_version(service_, "late@champion")->version, 2);
  EXPECT_EQ(find_version(service_, "late")->version, 2);
  EXPECT_EQ(find_version(service_, "nope").error().code, Code::not_found);
  ASSERT_TRUE(service_.delete_version("late", 2));
  EXPECT_FALSE(service_.by_alias("late", "champion"));
  EXPECT_EQ(register_run(run_with_model())->version, 3);  // a number is never given twice
}

TEST_P(RegistryTest, ARenamedModelKeepsAllThatItHas) {
  const auto run = run_with_model();
  ASSERT_TRUE(register_run(run));
  ASSERT_TRUE(service_.set_alias("late", "champion", 1, "user:a"));
  ASSERT_TRUE(service_.create_model("other", "", {}));
  EXPECT_EQ(service_.rename_model("late", "other").error().code, Code::conflict);
  EXPECT_EQ(service_.rename_model("nope", "x").error().code, Code::not_found);
  EXPECT_EQ(service_.rename_model("late", "a/b").error().code, Code::invalid);
  EXPECT_EQ(service_.rename_model("late", "later")->tags[0].value, "ops");
  EXPECT_EQ(service_.model("late").error().code, Code::not_found);
  EXPECT_EQ(service_.by_alias("later", "champion")->tags[0].value, "v");
  EXPECT_EQ(service_.files("later", 1)->size(), 2u);
  EXPECT_EQ(service_.alias_moves("later", 10)->size(), 1u);
  const auto origins = governance::Service(*db_).lineage(governance::urn("model-version", "later@1"), 2, 0).value();
  EXPECT_EQ(origins.edges.front().from, governance::urn("run", run.info.id));
  EXPECT_TRUE(service_.verify()->problems.empty());
  EXPECT_TRUE(governance::Service(*db_).verify()->problems.empty());
  EXPECT_TRUE(service_.create_model("late", "", {}));  // the name is free
}

TEST_P(RegistryTest, ADeployedModelKeepsItsName) {
  ASSERT_TRUE(register_run(run_with_model()));
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) -> Result<void> {
    TRY(governance::put_node(tx, {"gyre:default:endpoint:e", "endpoint", "e", 1, {}}));
    return governance::link(tx, {governance::urn("model-version", "late@1"), "gyre:default:endpoint:e", "deployed", 1});
  }));
  EXPECT_EQ(service_.rename_model("late", "later").error().code, Code::conflict);
}

TEST_P(RegistryTest, ASourceIsOfTheRunThatIsNamed) {
  const auto run = run_with_model(), other = run_with_model();
  const auto source = run.info.artifact_uri + "/model";
  const auto refused = [&](std::string source, std::string run_id, std::string model_id = "") {
    return service_
        .create_version({.model = "late",
                         .source = std::move(source),
                         .run_id = std::move(run_id),
                         .run_link = "",
                         .description = "",
                         .tags = {},
                         .model_id = std::move(model_id)})
        .error()
        .code;
  };
  EXPECT_EQ(refused(source, other.info.id), Code::invalid);
  EXPECT_EQ(refused("runs:/" + run.info.id + "/model", other.info.id), Code::invalid);
  for (const std::string bad : {"/etc/passwd", "file:///etc", "s3://bucket/x", "models:/late", "models:/late/x"})
    EXPECT_EQ(refused(bad, run.info.id), Code::invalid) << bad;
  for (const std::string up : {"/../../x", "/%2e%2e/x", "/%252e%252e/x"}) EXPECT_EQ(refused(source + up, run.info.id), Code::invalid) << up;
  EXPECT_EQ(refused("models:/m-1", "", "m-2"), Code::invalid);
  EXPECT_EQ(service_.create_version({"late", "runs:/" + run.info.id + "/model", "", "", "", {}})->run_id, run.info.id);  // the source tells it
}

TEST_P(RegistryTest, AStageMayBeLeftByTheOthers) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(register_run(run_with_model()));
  ASSERT_TRUE(service_.set_stage("late", 1, "Production"));
  ASSERT_TRUE(service_.set_stage("late", 2, "production", Service::Others::archived));
  EXPECT_EQ(service_.version("late", 1)->stage, "Archived");
  EXPECT_EQ(service_.set_stage("late", 1, "None", Service::Others::archived).error().code, Code::invalid);
  EXPECT_EQ(service_.latest_by_stage("late", {})->size(), 3u);
  EXPECT_EQ(service_.latest_by_stage("late", {"PRODUCTION"})->front().version, 2);
  EXPECT_EQ(service_.latest_by_stage("late", {"x"}).error().code, Code::invalid);
}

TEST_P(RegistryTest, EvidenceStaysWithItsVersion) {
  ASSERT_TRUE(register_run(run_with_model()));
  StringSource source("reference rows");
  const auto content = blob::put_content(*blobs_, source).value();
  ASSERT_TRUE(service_.put_evidence("late", 1, {"reference", content.sha256, content.size_bytes, json::Object{{"rows", 7}}, 0}));
  ASSERT_TRUE(service_.put_evidence("late", 1, {"training", "", 0, json::Object{{"to", "2001-03-04"}}, 0}));
  ASSERT_TRUE(service_.put_evidence("late", 1, {"training", "", 0, json::Object{{"to", "2001-03-05"}}, 0}));
  EXPECT_EQ(service_.evidence("late", 1)->size(), 2u);
  EXPECT_EQ((**service_.evidence("late", 1, "training")).body["to"].string_or(""), "2001-03-05");
  EXPECT_FALSE(service_.evidence("late", 1, "gates")->has_value());
  EXPECT_EQ(service_.put_evidence("late", 9, {"x", "", 0, {}, 0}).error().code, Code::not_found);
  EXPECT_TRUE(service_.verify()->problems.empty());
  ASSERT_TRUE(blobs_->remove(blob::content_key(content.sha256)));
  EXPECT_EQ(service_.verify()->problems.size(), 1u);
}

TEST_P(RegistryTest, AFileThatChangedIsNotLoaded) {
  const auto version = register_run(run_with_model()).value();
  EXPECT_TRUE(service_.verify()->problems.empty());
  put(service_.files("late", 1).value()[1].key, "other bytes");
  const auto loaded = service_.onnx_file("late", 1, folder_.path());
  EXPECT_EQ(loaded.error().code, Code::internal);
  EXPECT_THAT(loaded.error().message, HasSubstr("model.onnx"));
  EXPECT_EQ(service_.verify()->problems.size(), 1u);
}

TEST_P(RegistryTest, StagesTagsAndRemoval) {
  ASSERT_TRUE(register_run(run_with_model()));
  EXPECT_EQ(service_.set_stage("late", 1, "production")->stage, "Production");
  EXPECT_EQ(service_.set_stage("late", 1, "elsewhere").error().code, Code::invalid);
  EXPECT_EQ(service_.describe_version("late", 1, "good")->description, "good");
  ASSERT_TRUE(service_.set_version_tag("late", 1, {"k", "w"}));
  EXPECT_EQ(service_.version("late", 1)->tags[0].value, "w");
  ASSERT_TRUE(service_.delete_version_tag("late", 1, "k"));
  ASSERT_TRUE(service_.delete_model("late"));
  EXPECT_EQ(service_.model("late").error().code, Code::not_found);
  EXPECT_EQ(service_.version("late", 1).error().code, Code::not_found);
  EXPECT_TRUE(governance::Service(*db_).verify()->problems.empty());
}

INSTANTIATE_TEST_SUITE_P(Backends, RegistryTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::registry
