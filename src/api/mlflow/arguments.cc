#include "api/mlflow/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace gyre::mlflow {
namespace {

Result<void> check_content_type(const net::Request& request) {
  if (request.method != "POST" && request.method != "PUT") return {};
  const auto type = request.header("Content-Type");
  if (!type) return fail(Code::invalid, "Bad Request. Content-Type header is missing.");
  if (type->substr(0, type->find(';')) == "application/json") return {};
  return fail(Code::invalid, "Bad Request. Content-Type must be one of ['application/json'].");
}

std::string snake_case(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// Protobuf's JSON knows a field by two spellings.
Result<void> take_spellings(json::Value& value) {
  json::Object renamed;
  for (auto& [name, member] : *value.if_object()) {
    auto known = snake_case(name);
    if (known != name && value.find(known))
      return fail(Code::invalid, fmt::format("Request specifies both '{}' and '{}'; provide only one of them.", known, name));
    renamed.emplace_back(std::move(known), std::move(member));
  }
  value = std::move(renamed);
  return {};
}

}  // namespace

Result<json::Value> read_body(const net::Request& request) {
  TRY(check_content_type(request));
  if (request.body.empty()) return json::Value(json::Object{});
  auto value = TRY(json::parse(request.body));
  if (const auto* inner = value.if_string()) value = TRY(json::parse(std::string(*inner)));  // old clients encode twice
  if (value.is_null()) value = json::Object{};
  if (!value.if_object()) return fail(Code::invalid, "the request body must be a JSON object");
  TRY(take_spellings(value));
  return value;
}

json::Value read_query(const net::Request& request) {
  json::Value value = json::Object{};
  for (const auto& [name, text] : request.query) {
    const auto* there = value.find(name);
    if (!there) {
      value.set(name, text);
      continue;
    }
    json::Array list = there->if_array() ? *there->if_array() : json::Array{*there};  // a repeated key is a list
    list.emplace_back(text);
    value.set(name, std::move(list));
  }
  return value;
}

Result<void> give_types(json::Value& value, std::initializer_list<Expected> expected) {
  for (const auto& one : expected) {
    const auto* text = value[one.name].if_string();
    if (!text) continue;
    if (one.kind == Kind::list || one.kind == Kind::texts) {
      value.set(one.name, json::Array{*text});
    } else if (one.kind == Kind::truth) {
      auto small = *text;
      std::ranges::transform(small, small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (small != "true" && small != "false") return fail(Code::invalid, fmt::format("Invalid boolean value: {}, must be 'true' or 'false'.", *text));
      value.set(one.name, small == "true");
    }
  }
  return {};
}

void read_truths_of_r(json::Value& value, std::initializer_list<Expected> expected) {
  for (const auto& one : expected) {
    const auto* text = one.kind == Kind::truth ? value[one.name].if_string() : nullptr;
    if (text && (*text == "TRUE" || *text == "FALSE")) value.set(one.name, *text == "TRUE");
  }
}

}  // namespace gyre::mlflow
