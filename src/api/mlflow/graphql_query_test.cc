#include "api/mlflow/graphql_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::mlflow::graphql {
namespace {

using testing::HasSubstr;

std::string refused(std::string_view text) {
  const auto operation = read(text, json::Object{}, "");
  return operation ? "" : operation.error().message;
}

std::string repeated(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

TEST(GraphqlQuery, FieldsHaveAliasesArgumentsAndFragments) {
  const auto operation = read(R"(query Get($id: String!, $most: Int = 5) { # a comment
      a: run(input: {runId: $id, max: $most, names: ["x", "y\n"], view: ALL, deep: null, really: true, part: -1.5}) { ...f ... on Run { id } } }
      fragment f on Run { name })",
                              json::Object{{"id", "r1"}}, "")
                             .value();
  ASSERT_EQ(operation.fields.size(), 1u);
  const auto& field = operation.fields[0];
  EXPECT_EQ(field.alias, "a");
  EXPECT_EQ(field.name, "run");
  EXPECT_EQ(json::to_text(field.arguments["input"]), R"({"runId":"r1","max":5,"names":["x","y\n"],"view":"ALL","deep":null,"really":true,"part":-1.5})");
  ASSERT_EQ(field.fields.size(), 2u);
  EXPECT_EQ(field.fields[0].name, "name");
  EXPECT_EQ(field.fields[1].name, "id");
}

TEST(GraphqlQuery, OneOfSeveralOperationsIsChosenByName) {
  constexpr std::string_view kTwo = "query A { a } mutation B { b }";
  EXPECT_TRUE(read(kTwo, {}, "B")->mutation);
  EXPECT_EQ(read(kTwo, {}, "A")->fields[0].name, "a");
  EXPECT_THAT(refused(kTwo), HasSubstr("operation name"));
  EXPECT_EQ(read(kTwo, {}, "C").error().code, Code::invalid);
}

TEST(GraphqlQuery, WhatIsAskedForIsBounded) {
  EXPECT_THAT(refused("{" + repeated("a {", 10) + "b" + repeated("}", 10) + "}"), HasSubstr("maximum depth"));
  EXPECT_THAT(refused("{ a {" + repeated(" b", 1001) + "} }"), HasSubstr("total selections"));
  EXPECT_THAT(refused("{" + repeated(" a", 11) + "}"), HasSubstr("root fields"));
  EXPECT_THAT(refused("{ a {" + repeated(" x: b", 11) + "} }"), HasSubstr("aliases"));
  EXPECT_THAT(refused("{ ...f } fragment f on T { a ...f }"), HasSubstr("maximum depth"));
  EXPECT_THAT(refused("{ a { ...f ...f } } fragment f on T { ...g ...g } fragment g on T {" + repeated(" b", 400) + "}"), HasSubstr("total selections"));
  EXPECT_THAT(refused("{ a(x: " + repeated("[", 100) + ") }"), HasSubstr("Syntax Error"));
  EXPECT_FALSE(refused(std::string(kMaxQueryBytes + 1, ' ')).empty());
}

TEST(GraphqlQuery, TheRestIsRefusedWithItsPlace) {
  for (const char* bad : {"", "{", "{ }", "{ a", "{ a( }", "{ a(x) }", "{ a @skip(if: true) }", "{ a(x: \"open) }", "query ( { a }", "{ ...nothing }",
                          "subscription { a }", "{ a(x: \"\\z\") }", "\\", "{ a(x: 1x) }"}) {
    EXPECT_FALSE(refused(bad).empty()) << bad;
  }
  EXPECT_THAT(refused("{ a ? }"), HasSubstr("character 5"));
}

}  // namespace
}  // namespace gyre::mlflow::graphql
