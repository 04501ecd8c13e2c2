#include "api/inference/decode.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace gyre::inference {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Takes a text, a float, an int64 and a truth by name, or one tensor of three floats.
const infer::Signature kTable{
    {{"word", infer::Type::text, {-1, 1}}, {"x", infer::Type::float32, {-1, 1}}, {"n", infer::Type::int64, {-1, 1}}, {"yes", infer::Type::boolean, {-1}}},
    {{"p", infer::Type::float32, {-1, 1}}, {"q", infer::Type::float32, {-1, 1}}},
    {}};
const infer::Signature kMatrix{{{"X", infer::Type::float32, {-1, 3}}}, {{"y", infer::Type::float32, {-1, 1}}}, {}};

Decoded mlflow(std::string_view body, const infer::Signature& signature = kTable) { return decode_mlflow(body, {signature, "id"}); }
Decoded oip(std::string_view body, const infer::Signature& signature = kTable) {
  OipRequest request;
  return decode_oip(body, body.size(), {signature, "id"}, request);
}

template <class T>
const std::vector<T>& values(const Decoded& batch, std::size_t column) {
  return std::get<std::vector<T>>(batch->columns.at(column).values);
}

void expect_two_rows(const Decoded& batch) {
  ASSERT_TRUE(batch) << batch.error().error.message;
  ASSERT_EQ(batch->rows, 2u);
  ASSERT_EQ(batch->columns.size(), 4u);
  const auto column = [&](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(batch->columns, name, &infer::Tensor::name) - batch->columns.begin());
  };
  EXPECT_THAT(values<std::string>(batch, column("word")), ElementsAre("a", "b"));
  EXPECT_THAT(values<float>(batch, column("x")), ElementsAre(1.5f, 2));
  EXPECT_THAT(values<std::int64_t>(batch, column("n")), ElementsAre(7, -8));
  EXPECT_THAT(values<bool>(batch, column("yes")), ElementsAre(true, false));
  EXPECT_THAT(batch->ids, ElementsAre("r1", "2"));
  EXPECT_THAT(batch->columns[column("x")].shape, ElementsAre(2, 1));
  EXPECT_THAT(batch->columns[column("yes")].shape, ElementsAre(2));
}

TEST(Mlflow, WritesATableInFourWays) {
  expect_two_rows(
      mlflow(R"({"dataframe_split": {"columns": ["x", "id", "word", "yes", "n"], "data": [[1.5, "r1", "a", true, 7], [2, 2, "b", false, -8.0]]}})"));
  expect_two_rows(
      mlflow(R"({"dataframe_records": [{"word": "a", "x": 1.5, "n": 7, "yes": true, "id": "r1"}, {"id": 2, "yes": false, "n": -8, "x": 2, "word": "b"}]})"));
  expect_two_rows(mlflow(R"({"inputs": {"word": ["a", "b"], "x": [[1.5], [2]], "n": [7, -8], "yes": [true, false], "id": ["r1", 2]}})"));
  expect_two_rows(mlflow(R"({"inputs": [{"word": "a", "x": 1.5, "n": 7, "yes": true, "id": "r1"}, {"word": "b", "x": 2, "n": -8, "yes": false, "id": 2}]})"));
  const auto one = mlflow(R"({"instances": {"word": "a", "x": 1, "n": 7, "yes": true}})");
  ASSERT_TRUE(one) << one.error().error.message;
  EXPECT_EQ(one->rows, 1u);
}

TEST(Mlflow, AMissingNumberIsNaN) {
  EXPECT_TRUE(std::isnan(values<float>(mlflow(R"({"inputs": {"word": ["a"], "x": [null], "n": [1], "yes": [true]}})"), 1)[0]));
}

TEST(Mlflow, OneTensorTakesItsColumnsByPlace) {
  for (const char* body :
       {R"({"inputs": [[1, 2, 3], [4, 5, 6]]})", R"({"inputs": {"X": [[1, 2, 3], [4, 5, 6]]}})", R"({"dataframe_split": {"data": [[1, 2, 3], [4, 5, 6]]}})",
        R"({"dataframe_split": {"columns": [2, 1, 0], "data": [[3, 2, 1], [6, 5, 4]]}})",
        R"({"instances": [{"0": 1, "1": 2, "2": 3}, {"2": 6, "1": 5, "0": 4}]})"}) {
    const auto batch = mlflow(body, kMatrix);
    ASSERT_TRUE(batch) << body << batch.error().error.message;
    EXPECT_THAT(values<float>(batch, 0), ElementsAre(1, 2, 3, 4, 5, 6)) << body;
    EXPECT_THAT(batch->columns[0].shape, ElementsAre(2, 3)) << body;
  }
}

struct Refused {
  const char* body;
  const char* message;
};

TEST(Mlflow, WhatDoesNotFitIsRefusedByRowAndColumn) {
  const Refused rows[] = {
      {"{\"inputs\":\n {]}", "the body is not valid JSON: line 2, column"},
      {"[1]", "the body must be a JSON object"},
      {"{}", "has none of dataframe_split"},
      {R"({"dataframe_split": []})", "'dataframe_split' must be an object"},
      {R"({"dataframe_records": {}})", "'dataframe_records' must be a list"},
      {R"({"inputs": 3})", "must be an object of columns or a list of rows"},
      {R"({"dataframe_split": {"columns": ["x"], "data": 3}})", "needs 'data'"},
      {R"({"dataframe_split": {"columns": ["x", "z"], "data": []}})", "the model has no column 'z'"},
      {R"({"dataframe_split": {"columns": ["x", "x"], "data": []}})", "column 'x' stands twice"},
      {R"({"dataframe_split": {"columns": [null], "data": []}})", "a column's name must be text"},
      {R"({"dataframe_split": {"columns": ["word", "x", "n", "yes"], "data": [["a", 1, 2, true], ["b", 1, 2]]}})", "row 1 has 3 values for 4 columns"},
      {R"({"dataframe_split": {"columns": ["word", "x", "n", "yes"], "data": [["a", 1, 2, true, 5]]}})", "row 0 has more than 4 values"},
      {R"({"dataframe_split": {"columns": ["word", "x", "n", "yes"], "data": [3]}})", "row 0 is not a list"},
      {R"({"dataframe_split": {"columns": ["word", "x", "n", "yes"], "data": [["a", "big", 2, true]]}})",
       "row 0, column 'x': expected a number, found \"big\""},
      {R"({"dataframe_split": {"columns": ["word", "x", "n"], "data": [["a", 1, 2]]}})", "column 'yes' is missing"},
      {R"({"dataframe_records": [{"word": "a", "x": 1, "n": 1, "yes": true}, {"word": "b", "x": 1, "n": 1.5, "yes": true}]})",
       "row 1, column 'n': expected a whole number, found 1.5"},
      {R"({"dataframe_records": [{"word": null, "x": 1, "n": 1, "yes": true}]})", "row 0, column 'word': expected text, found null"},
      {R"({"dataframe_records": [{"word": "a", "x": 1, "n": 1, "yes": 1}]})", "row 0, column 'yes': expected true or false, found 1"},
      {R"({"dataframe_records": [{"word": "a", "x": 1, "n": 1e30, "yes": true}]})", "row 0, column 'n': expected a whole number"},
      {R"({"dataframe_records": [{"word": "a", "x": 1, "n": 1, "yes": true, "id": true}]})", "row 0, column 'id': expected text or a whole number, found true"},
      {R"({"dataframe_records": [{"word": "a", "x": 1, "n": 1}]})", "row 0 has no column 'yes'"},
      {R"({"dataframe_records": [{"word": "a", "word": "b", "x": 1, "n": 1}]})", "row 0 has column 'word' twice"},
      {R"({"dataframe_records": [{"word": "a", "x": 1, "n": 1, "yes": true, "id": "r"}, {"word": "a", "x": 1, "n": 1, "yes": true}]})",
       "the id column 'id' has 1 values for 2 rows"},
      {R"({"dataframe_records": [3]})", "row 0 is not an object"},
      {R"({"inputs": {"word": ["a", "b"], "x": [1], "n": [1, 2], "yes": [true, true]}})", "column 'x' has 1 values for 2 rows"},
      {R"({"inputs": {"word": ["a"], "x": [[1, 2]], "n": [1], "yes": [true]}})", "row 0, column 'x': expected a number, found [1,2]"},
      {R"({"inputs": {"nope": [1]}})", "the model has no column 'nope'"},
  };
  for (const auto& row : rows) {
    const auto refused = mlflow(row.body);
    ASSERT_FALSE(refused) << row.body;
    EXPECT_THAT(refused.error().error.message, HasSubstr(row.message)) << row.body;
    EXPECT_EQ(refused.error().error.code, Code::invalid) << row.body;
  }
  EXPECT_THAT(mlflow(R"({"inputs": [[1, 2]]})", kMatrix).error().error.message, HasSubstr("row 0 has 2 values for 3 columns"));
  EXPECT_THAT(mlflow(R"({"inputs": [1]})", kMatrix).error().error.message, HasSubstr("row 0 is one value; the model takes 3"));
  EXPECT_THAT(mlflow("{\"inputs\":" + std::string(200, '[') + std::string(200, ']') + "}", kMatrix).error().error.message, HasSubstr("nested deeper than"));
}

// Were the second row's "a" taken for the first row's missing "b", nothing would be said and two rows would be mixed.
// A caller mends all of a batch at once, so it hears of every row; only the first twenty cells are told word by word.
TEST(Decoding, AllCellsOfAWrongTypeAreTold) {
  const auto records =
      mlflow(
          R"({"dataframe_records": [{"word": "a", "x": "low", "n": 1.5, "yes": true}, {"word": "b", "x": 1, "n": 1, "yes": true}, {"word": 3, "x": 1, "n": 1, "yes": true}]})")
          .error();
  EXPECT_EQ(records.error.message, "row 0, column 'x': expected a number, found \"low\" (and 1 more rows have wrong values)");
  EXPECT_EQ(records.rows, 2);
  ASSERT_EQ(records.cells.size(), 3u);
  EXPECT_EQ(records.cells[1].column, "n");
  EXPECT_EQ(records.cells[2].row, 2u);
  EXPECT_EQ(records.cells[2].value, "3");
  const auto columns = mlflow(R"({"inputs": {"word": ["a", 1], "x": ["big", 2], "n": [1, 2], "yes": [true, 5]}})").error();
  ASSERT_EQ(columns.cells.size(), 3u);
  EXPECT_EQ(columns.cells[0].row, 0u);
  EXPECT_EQ(columns.rows, 2);
  const auto split =
      mlflow(R"({"dataframe_split": {"columns": ["id", "word", "x", "n", "yes"], "data": [[true, "a", "?", 2, true], [null, "a", 1, 2, true]]}})").error();
  EXPECT_EQ(split.cells.size(), 3u);
  std::string many = R"({"inputs": [{"name": "x", "shape": [30, 1], "datatype": "FP32", "data": [)";
  for (int i = 0; i < 30; ++i) many += fmt::format("{}[\"x{}\"]", i == 0 ? "" : ", ", i);
  const auto tensors = oip(many + "]}]}").error();
  EXPECT_EQ(tensors.cells.size(), serving::kMaxBadCells);
  EXPECT_EQ(tensors.cells.back().row, 19u);
  EXPECT_EQ(tensors.rows, 30);
}

TEST(Mlflow, RowsAreNotMixedByCellsThatCancelOut) {
  const infer::Signature two{{{"a", infer::Type::float32, {-1, 1}}, {"b", infer::Type::float32, {-1, 1}}}, {{"p", infer::Type::float32, {-1, 1}}}, {}};
  EXPECT_FALSE(mlflow(R"({"dataframe_records": [{"a": 1, "a": 2}, {"b": 3, "b": 4}]})", two));
  EXPECT_FALSE(mlflow(R"({"dataframe_records": [{"a": 1}, {"a": 1, "b": 3, "b": 4}]})", two));
}

constexpr std::string_view kTensors = R"({"id": "42", "inputs": [
  {"name": "yes", "shape": [2], "datatype": "BOOL", "data": [true, false]},
  {"name": "word", "shape": [2, 1], "datatype": "BYTES", "data": [["a"], ["b"]]},
  {"name": "x", "shape": [2], "datatype": "FP64", "data": [1.5, 2]},
  {"name": "n", "shape": [2, 1], "datatype": "INT32", "data": [7, -8]},
  {"name": "id", "shape": [2], "datatype": "BYTES", "data": ["r1", "2"]}], "outputs": [{"name": "q"}]})";

TEST(Oip, TensorsGoByNameInAnyOrder) {
  OipRequest request;
  expect_two_rows(decode_oip(kTensors, kTensors.size(), {kTable, "id"}, request));
  EXPECT_EQ(request.id, "42");
  EXPECT_THAT(request.outputs, ElementsAre("q"));
  const auto wide = oip(R"({"inputs": [{"name": "X", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6]}]})", kMatrix);
  ASSERT_TRUE(wide) << wide.error().error.message;
  EXPECT_THAT(wide->columns[0].shape, ElementsAre(2, 3));
}

std::string bytes_of(const auto& values) { return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof values[0]}; }

TEST(Oip, TensorsMayFollowTheJsonAsBytes) {
  const std::string json = R"({"inputs": [{"name": "word", "shape": [2, 1], "datatype": "BYTES", "parameters": {"binary_data_size": 10}},
    {"name": "x", "shape": [2, 1], "datatype": "FP32", "parameters": {"binary_data_size": 8}}, {"name": "n", "shape": [2, 1], "datatype": "INT64", "parameters": {"binary_data_size": 16}},
    {"name": "yes", "shape": [2], "datatype": "BOOL", "parameters": {"binary_data_size": 2}}, {"name": "id", "shape": [2], "datatype": "BYTES", "data": ["r1", "2"]}]})";
  const std::string blob =
      std::string("\1\0\0\0a\1\0\0\0b", 10) + bytes_of(std::vector<float>{1.5, 2}) + bytes_of(std::vector<std::int64_t>{7, -8}) + std::string("\1\0", 2);
  OipRequest request;
  expect_two_rows(decode_oip(json + blob, json.size(), {kTable, "id"}, request));
  const auto refused = [&](std::string body, std::size_t json_bytes) { return decode_oip(body, json_bytes, {kTable, "id"}, request).error().error.message; };
  EXPECT_THAT(refused(json + blob.substr(0, 20), json.size()), HasSubstr("tells 16 bytes, but 2 are left"));
  EXPECT_THAT(refused(json + blob + "x", json.size()), HasSubstr("1 bytes behind the JSON belong to no tensor"));
  EXPECT_THAT(refused(json, json.size() + 1), HasSubstr("the JSON should have"));
  auto torn = blob;
  torn[0] = 9;
  EXPECT_THAT(refused(json + torn, json.size()), HasSubstr("end in the middle of a value"));
  auto other = json;
  EXPECT_THAT(refused(other.replace(other.find("FP32"), 4, "FP64") + blob, json.size()), HasSubstr("tensor 'x' holds FP64, but the model takes FP32"));
}

TEST(Oip, WhatDoesNotFitIsRefused) {
  const Refused rows[] = {
      {"no", "not valid JSON"},
      {"{}", "'inputs' is missing"},
      {R"({"inputs": [{"shape": [1], "datatype": "FP32", "data": [1]}]})", "a tensor needs 'name'"},
      {R"({"inputs": [{"name": "x", "datatype": "FP32", "data": [1]}]})", "tensor 'x' needs 'shape'"},
      {R"({"inputs": [{"name": "x", "shape": [1], "data": [1]}]})", "tensor 'x' needs 'datatype'"},
      {R"({"inputs": [{"name": "x", "shape": [1], "datatype": "FP32"}]})", "tensor 'x' needs 'data'"},
      {R"({"inputs": [{"name": "x", "shape": [], "datatype": "FP32", "data": [1]}]})", "its shape is empty"},
      {R"({"inputs": [{"name": "x", "shape": [-1], "datatype": "FP32", "data": [1]}]})", "must be whole numbers"},
      {R"({"inputs": [{"name": "x", "shape": [4294967296, 4294967296], "datatype": "FP32", "data": [1]}]})", "is too large"},
      {R"({"inputs": [{"name": "x", "shape": [2], "datatype": "FP32", "data": [1]}]})", "tensor 'x' has shape [2], but 1 values"},
      {R"({"inputs": [{"name": "x", "shape": [1], "datatype": "BYTES", "data": ["a"]}]})", "tensor 'x' holds BYTES, but the model takes FP32"},
      {R"({"inputs": [{"name": "x", "shape": [1], "datatype": "FLOAT", "data": [1]}]})", "tensor 'x' holds FLOAT, but the model takes FP32"},
      {R"({"inputs": [{"name": "x", "shape": [2, 1], "datatype": "FP32", "data": [[1], ["b"]]}]})", "row 1, column 'x': expected a number, found \"b\""},
      {R"({"inputs": [{"name": "z", "shape": [1], "datatype": "FP32", "data": [1]}]})", "the model has no column 'z'"},
      {R"({"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}, {"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}]})",
       "tensor 'x' stands twice"},
      {R"({"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}, {"name": "n", "shape": [2], "datatype": "INT64", "data": [1, 2]}]})",
       "tensor 'n' has 2 rows, the one before 1"},
      {R"({"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}]})", "tensor 'word' is missing"},
      {R"({"inputs": [], "outputs": [{"name": "nope"}]})", "the model has no output 'nope'"},
  };
  for (const auto& row : rows) {
    const auto refused = oip(row.body);
    ASSERT_FALSE(refused) << row.body;
    EXPECT_THAT(refused.error().error.message, HasSubstr(row.message)) << row.body;
  }
}

}  // namespace
}  // namespace gyre::inference
