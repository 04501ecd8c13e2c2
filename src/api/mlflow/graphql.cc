// POST /graphql: each field at the root is a call of the REST, and of its answer what was asked for.
#include <cmath>

#include "api/mlflow/encode.h"
#include "api/mlflow/graphql_query.h"
#include "api/mlflow/graphql_schema.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

using graphql::Field;
using graphql::Member;
using graphql::Shape;

// All that is asked for must be there, before anything is done.
Result<void> check_fields(const Field& field, std::string_view type) {
  if (field.fields.empty()) {
    return fail(Code::invalid,
                fmt::format("Field '{}' of type '{}' must have a selection of subfields. Did you mean '{} {{ ... }}'?", field.name, type, field.name));
  }
  for (const auto& inner : field.fields) {
    const auto* member = graphql::find_member(type, inner.name);
    if (!member) return fail(Code::invalid, fmt::format("Cannot query field '{}' on type '{}'.", inner.name, type));
    if (!member->of.empty()) TRY(check_fields(inner, member->of));
    if (member->of.empty() && !inner.fields.empty())
      return fail(Code::invalid, fmt::format("Field '{}' must not have a selection since type has no subfields.", inner.name));
  }
  return {};
}

class Executor {
 public:
  explicit Executor(const net::Router& router) : router_(router) {}

  Result<json::Value> root(bool mutation, const Field& field) {
    const auto& root = *graphql::find_root(mutation, field.name);
    if (root.path.empty()) return select(field, root.type, json::Object{{"output", field.arguments["inputString"]}});
    const auto& input = field.arguments["input"];
    if (!input.if_object()) return fail(Code::invalid, fmt::format("Field '{}' needs an argument 'input'.", field.name));
    json::Value body = json::Object{};
    for (const auto& [name, value] : *input.if_object()) body.set(graphql::snake_case(name), value);
    return select(field, root.type, TRY(call(root.method, root.path, std::move(body))));
  }

 private:
  Result<json::Value> call(std::string_view method, std::string_view path, json::Value body) {
    net::Request request{.method = "POST",
                         .path = fmt::format("/api/2.0/mlflow{}", path),
                         .query = {},
                         .path_parameters = {},
                         .headers = {{"Content-Type", "application/json"}},
                         .body = json::to_text(body),
                         .request_id = {},
                         .traceparent = {}};
    const auto match = router_.match(method, request.path);
    if (!match) return fail(Code::internal, fmt::format("no call {} {}", method, path));
    const auto answer = TRY((*match->handler)(request));
    return json::parse(std::get<std::string>(answer.body));
  }

  Result<json::Value> select(const Field& field, std::string_view type, const json::Value& from) {
    json::Value made = json::Object{};
    for (const auto& inner : field.fields) made.set(inner.alias, TRY(value_of(inner, type, from)));
    return made;
  }

  // What protobuf leaves out has its default.
  Result<json::Value> value_of(const Field& field, std::string_view type, const json::Value& from) {
    const auto& member = *graphql::find_member(type, field.name);
    if (field.name == "__typename") return json::Value(type);
    if (member.of == "ApiError") return json::Value();
    const auto value = type == "MlflowRunExtension" && (field.name == "experiment" || field.name == "modelVersions") ? TRY(beside_run(field.name, from))
                                                                                                                     : from[graphql::snake_case(field.name)];
    switch (member.shape) {
      case Shape::text:
        return json::Value(value.string_or(""));
      case Shape::whole:
        return json::Value(std::to_string(value.int_or(0)));
      case Shape::truth:
        return json::Value(value.bool_or(false));
      case Shape::real:
        return value.is_number() ? value : json::Value();  // NaN and infinities are no numbers to GraphQL
      case Shape::texts:
        return value.if_array() ? value : json::Value(json::Array{});
      case Shape::object:
        return select(field, member.of, value);
      case Shape::list:
        break;
    }
    json::Array items;
    if (value.if_array()) {
      for (const auto& item : *value.if_array()) items.push_back(TRY(select(field, member.of, item)));
    }
    return json::Value(std::move(items));
  }

  Result<json::Value> beside_run(std::string_view name, const json::Value& run) {
    const auto& info = run["info"];
    if (name == "experiment") return TRY(call("GET", "/experiments/get", json::Object{{"experiment_id", info["experiment_id"]}}))["experiment"];
    return TRY(call("GET", "/model-versions/search", json::Object{{"filter", fmt::format("run_id='{}'", info["run_id"].string_or(""))}}))["model_versions"];
  }

  const net::Router& router_;
};

net::Response answer(const json::Value& data, const json::Array& errors) {
  Writer writer;
  writer.begin_object();
  writer.field("data", data);
  writer.key("errors");
  writer.value(errors.empty() ? json::Value() : json::Value(errors));
  writer.end_object();
  return reply(writer);
}

net::Response refused(const Error& error) { return answer({}, {json::Value(error.message)}); }

Result<void> check_roots(const graphql::Operation& operation) {
  for (const auto& field : operation.fields) {
    const auto* root = graphql::find_root(operation.mutation, field.name);
    if (!root) return fail(Code::invalid, fmt::format("Cannot query field '{}' on type '{}'.", field.name, operation.mutation ? "Mutation" : "Query"));
    TRY(check_fields(field, root->type));
  }
  return {};
}

// A field that fails is null, and says why beside the others.
Result<net::Response> ask(const net::Router& router, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"query", Kind::text, kRequired}}));
  const auto operation = graphql::read(args.text("query"), args.value()["variables"], args.text("operation_name"));
  if (!operation) return refused(operation.error());
  if (const auto checked = check_roots(*operation); !checked) return refused(checked.error());
  json::Value data = json::Object{};
  json::Array errors;
  Executor executor(router);
  for (const auto& field : operation->fields) {
    auto value = executor.root(operation->mutation, field);
    if (!value) errors.push_back(json::Value(value.error().message));
    data.set(field.alias, value ? std::move(*value) : json::Value());
  }
  return answer(data, errors);
}

}  // namespace

void add_graphql_route(net::Router& router) {
  router.add("POST", "/graphql", std::bind_front(ask, std::cref(router)), to_response, {.max_body_bytes = graphql::kMaxQueryBytes * 2});
}

}  // namespace gyre::mlflow
