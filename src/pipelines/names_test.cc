// What a pipeline names outside of itself, when it is applied.
#include "pipelines/testing.h"

namespace gyre::pipelines {
namespace {

class AppliedTest : public testing::Test {
 protected:
  TestRooms rooms_;
  exec::FakeLauncher launcher_{[](const exec::Spec&) { return exec::Script{}; }};
  std::unique_ptr<Service> service_ = rooms_.open_service(launcher_);
};

TEST_F(AppliedTest, WhatIsNamedMustBeThereWhenItIsApplied) {
  ASSERT_TRUE(rooms_.datasets.create_repo("churn", "user:test"));
  ASSERT_TRUE(rooms_.datasets.create_repo("other", "user:test"));
  const auto told = [&](std::string_view text) {
    const auto applied = service_->apply("n", yaml::parse(text).value(), rooms_.code(), "user:test");
    return applied ? "" : applied.error().message + " | " + applied.error().fix;
  };
  EXPECT_TRUE(told("steps:\n  - {name: a, command: x, inputs: {f: 'chrun@${commit}/f'}}\n")
                  .starts_with("line 2, column 39: there is no repository 'chrun' | did you mean 'churn'?"));
  EXPECT_EQ(told("steps:\n  - {name: a, command: x, inputs: {f: 'churn@${comit}/f'}}\n"),
            "line 2, column 39: '${comit}' is nothing that is known here | did you mean 'commit'?");
  EXPECT_TRUE(told("steps:\n  - {name: a, command: x, inputs: {f: 'churn@${commit}/f', g: 'other@${commit}/g'}}\n")
                  .contains("${commit} is of 'churn', and 'other' is read at it | read it at a branch, as other@main"));
  EXPECT_TRUE(told("steps:\n  - {name: a, command: 'echo ${comit}'}\n").contains("'${comit}'"));
  EXPECT_TRUE(told("parameters: {day: 1}\nsteps:\n  - {name: a, command: 'echo ${parameter.day}'}\n").contains("did you mean 'parameters.day'?"));
  EXPECT_TRUE(told("environment: {P: '/x:${PATH}'}\nsteps:\n  - {name: a, command: x}\n").contains("line 1"));
  EXPECT_TRUE(told("on: [{event: commit.craeted}]\nsteps:\n  - {name: a, command: x}\n")
                  .contains("there is no event 'commit.craeted' | did you mean 'commit.created'?"));
  EXPECT_TRUE(told("on: [{event: alert.opened, repo: churn}]\nsteps:\n  - {name: a, command: x}\n").contains("is of no repository"));
  EXPECT_TRUE(service_->list()->empty());
  // The shell's own variables are its own.
  EXPECT_EQ(
      told("steps:\n  - {name: a, command: 'commits=3; echo ${commits} ${HOME} ${x%.csv} ${commit}', inputs: {f: 'churn@${commit}/f', g: other@main/g}}\n"),
      "");
  const auto started = service_->start({"n", {}, "by hand", ""});
  EXPECT_EQ(started.error().code, Code::not_found);
  EXPECT_EQ(started.error().message, "no commit yet on churn@main");
  EXPECT_EQ(service_->start({"n", {{"dya", 1}}, "by hand", ""}).error().fix, "there is none");
}

}  // namespace
}  // namespace gyre::pipelines
