#include "api/mlflow/wire.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "api/mlflow/arguments.h"

namespace gyre::mlflow {
namespace {

const json::Array kNone;

bool is_texts(const json::Value& value) {
  const auto* items = value.if_array();
  return !items || std::ranges::all_of(*items, [](const json::Value& item) { return item.if_string() != nullptr; });
}

bool fits(const json::Value& value, const Expected& expected) {
  switch (expected.kind) {
    case Kind::text:
      return value.if_string();
    case Kind::whole:
      return to_integer(value, expected.name).has_value();
    case Kind::real:
      return to_number(value, expected.name).has_value();
    case Kind::truth:
      return value.if_bool();
    case Kind::list:
      return value.if_array();
    case Kind::texts:
      return value.if_array() && is_texts(value);
    case Kind::any:
      return true;
  }
  std::unreachable();
}

}  // namespace

Result<Args> Args::of(const net::Request& request, std::initializer_list<Expected> expected) {
  Args args;
  const bool by_query = request.method == "GET" || (request.body.empty() && !request.query.empty());
  args.value_ = by_query ? read_query(request) : TRY(read_body(request));
  if (by_query) TRY(give_types(args.value_, expected));
  if (!by_query) read_truths_of_r(args.value_, expected);
  for (const auto& [name, value] : request.path_parameters) args.value_.set(name, value);
  for (const auto& one : expected) {
    const auto& value = one.name == "run_id" && args.value_["run_id"].is_null() ? args.value_["run_uuid"] : args.value_[one.name];
    if (one.required && (value.is_null() || (value.if_string() && value.if_string()->empty()))) return missing(one.name);
    if (!value.is_null() && !fits(value, one)) return wrong_type(value, one.name);
  }
  return args;
}

Result<Args> Args::of(const net::Request& request) { return of(request, {}); }

std::string Args::text(std::string_view name) const { return plain_text(value_[name]); }

Result<std::string> Args::required_text(std::string_view name) const {
  const auto& value = value_[name];
  if (!value.is_null() && !value.if_string()) return wrong_type(value, name);
  auto found = value.string_or("");
  if (found.empty()) return missing(name);
  return found;
}

bool Args::truth(std::string_view name) const { return value_[name].bool_or(false); }

std::optional<std::string> Args::optional_text(std::string_view name) const {
  const auto* found = value_.find(name);
  if (!found || found->is_null()) return std::nullopt;
  return plain_text(*found);
}

Result<std::int64_t> Args::integer(std::string_view name, std::int64_t otherwise) const {
  const auto* found = value_.find(name);
  if (!found || found->is_null()) return otherwise;
  return to_integer(*found, name);
}

Result<double> Args::number(std::string_view name) const {
  const auto* found = value_.find(name);
  if (!found || found->is_null()) return missing(name);
  return to_number(*found, name);
}

std::vector<std::string> Args::texts(std::string_view name) const {
  const auto& found = value_[name];
  std::vector<std::string> out;
  if (const auto* items = found.if_array()) {
    for (const auto& item : *items) out.push_back(plain_text(item));
  } else if (!found.is_null()) {
    out.push_back(plain_text(found));
  }
  return out;
}

Result<const json::Array*> Args::list(std::string_view name) const {
  const auto& value = value_[name];
  if (value.is_null()) return &kNone;
  if (const auto* items = value.if_array()) return items;
  return wrong_type(value, name);
}

std::string Args::choice(std::string_view name, std::initializer_list<std::string_view> names_from_1, std::string_view otherwise) const {
  const auto given = text(name);
  if (given.empty()) return std::string(otherwise);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (error == std::errc() && end == given.data() + given.size() && number >= 1 && number <= names_from_1.size())
    return std::string(names_from_1.begin()[number - 1]);
  return given;
}

Result<std::string> Args::view(std::string_view name) const {
  auto chosen = choice(name, {"ACTIVE_ONLY", "DELETED_ONLY", "ALL"}, "ACTIVE_ONLY");
  if (chosen != "ACTIVE_ONLY" && chosen != "DELETED_ONLY" && chosen != "ALL") return wrong_type(value_[name], name);
  return chosen;
}

std::string Args::run_id() const {
  auto id = text("run_id");
  return id.empty() ? text("run_uuid") : id;
}

net::Response reply(Writer& writer) { return net::json_response(writer.take()); }
net::Response empty_reply() { return net::json_response("{}"); }

}  // namespace gyre::mlflow
