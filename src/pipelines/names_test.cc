// What a pipeline names outside of itself, when it is applied.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/yaml.h"
#include "exec/fake.h"
#include "governance/governance.h"
#include "pipelines/pipelines.h"
#include "storage/sql/sqlite.h"

namespace gyre::pipelines {
namespace {

class AppliedTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto all : {outbox::migrations(), governance::migrations(), tracking::migrations(), registry::migrations(), datasets::migrations(), migrations()}) {
      ASSERT_TRUE(sql::migrate(*db_, all));
    }
    std::filesystem::create_directories(folder_.path() / "code");
  }

  const ScratchFolder folder_;
  VirtualClock clock_{1'000'000'000'000};
  std::unique_ptr<sql::Db> db_ = sql::open_sqlite(":memory:").value();
  std::unique_ptr<blob::Store> blobs_ = blob::open_local(folder_.path() / "blobs").value();
  std::unique_ptr<query::Engine> engine_ = query::open({});
  tracking::Service tracking_{*db_, *blobs_, clock_};
  registry::Service registry_{*db_, *blobs_, clock_, tracking_};
  datasets::Service datasets_{*db_, *blobs_, *engine_, clock_, folder_.path() / "cache"};
  exec::FakeLauncher launcher_{[](const exec::Spec&) { return exec::Script{}; }};
  Service service_{*db_, *blobs_, clock_, tracking_, registry_, datasets_, launcher_, Options{.folder = folder_.path() / "work", .tracking_uri = "http://127.0.0.1:1"}};
};

TEST_F(AppliedTest, WhatIsNamedMustBeThereWhenItIsApplied) {
  ASSERT_TRUE(datasets_.create_repo("churn", "user:test"));
  ASSERT_TRUE(datasets_.create_repo("other", "user:test"));
  const auto told = [&](std::string_view text) {
    const auto applied = service_.apply("n", yaml::parse(text).value(), folder_.path() / "code", "user:test");
    return applied ? "" : applied.error().message + " | " + applied.error().fix;
  };
  EXPECT_TRUE(told("steps:\n  - {name: a, command: x, inputs: {f: 'chrun@${commit}/f'}}\n").starts_with("line 2, column 39: there is no repository 'chrun' | did you mean 'churn'?"));
  EXPECT_EQ(told("steps:\n  - {name: a, command: x, inputs: {f: 'churn@${comit}/f'}}\n"), "line 2, column 39: '${comit}' is nothing that is known here | did you mean 'commit'?");
  EXPECT_TRUE(told("steps:\n  - {name: a, command: x, inputs: {f: 'churn@${commit}/f', g: 'other@${commit}/g'}}\n").contains("${commit} is of 'churn', and 'other' is read at it | read it at a branch, as other@main"));
  EXPECT_TRUE(told("steps:\n  - {name: a, command: 'echo ${comit}'}\n").contains("'${comit}'"));
  EXPECT_TRUE(told("parameters: {day: 1}\nsteps:\n  - {name: a, command: 'echo ${parameter.day}'}\n").contains("did you mean 'parameters.day'?"));
  EXPECT_TRUE(told("environment: {P: '/x:${PATH}'}\nsteps:\n  - {name: a, command: x}\n").contains("line 1"));
  EXPECT_TRUE(told("on: [{event: commit.craeted}]\nsteps:\n  - {name: a, command: x}\n").contains("there is no event 'commit.craeted' | did you mean 'commit.created'?"));
  EXPECT_TRUE(told("on: [{event: alert.opened, repo: churn}]\nsteps:\n  - {name: a, command: x}\n").contains("is of no repository"));
  EXPECT_TRUE(service_.list()->empty());
  // The shell's own variables are its own.
  EXPECT_EQ(told("steps:\n  - {name: a, command: 'commits=3; echo ${commits} ${HOME} ${x%.csv} ${commit}', inputs: {f: 'churn@${commit}/f', g: other@main/g}}\n"), "");
  const auto started = service_.start({"n", {}, "by hand", ""});
  EXPECT_EQ(started.error().code, Code::not_found);
  EXPECT_EQ(started.error().message, "no commit yet on churn@main");
  EXPECT_EQ(service_.start({"n", {{"dya", 1}}, "by hand", ""}).error().fix, "there is none");
}

}  // namespace
}  // namespace gyre::pipelines
