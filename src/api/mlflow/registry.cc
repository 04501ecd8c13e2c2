// registered-models/*, model-versions/*
#include <algorithm>
#include <charconv>

#include "api/mlflow/encode.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

constexpr std::int64_t kAll = 100'000;

Result<std::int64_t> version_number(const Args& args) {
  const auto text = args.text("version");  // a number comes as text from most clients, as a number from some
  if (text.empty()) TRY(args.required_text("version"));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return fail(Code::invalid, fmt::format("Parameter 'version' must be an integer, got '{}'.", text));
  return number;
}

// The newest version of each stage.
Result<std::vector<registry::Version>> latest_by_stage(registry::Service& registry, std::string_view name, const std::vector<std::string>& stages) {
  std::vector<registry::Version> latest;
  for (auto& version : TRY(registry.versions(name, "", kAll, 0))) {
    const bool wanted = stages.empty() || std::ranges::find(stages, version.stage) != stages.end();
    const bool there = std::ranges::any_of(latest, [&](const auto& known) { return known.stage == version.stage; });
    if (wanted && !there) latest.push_back(std::move(version));
  }
  return latest;
}

Result<net::Response> model_reply(registry::Service& registry, const registry::Model& model) {
  Writer writer;
  writer.begin_object();
  writer.key("registered_model");
  write(writer, model, TRY(latest_by_stage(registry, model.name, {})));
  writer.end_object();
  return reply(writer);
}

net::Response version_reply(const registry::Version& version) {
  Writer writer;
  writer.begin_object();
  writer.key("model_version");
  write(writer, version);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> create_model(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  return model_reply(registry, TRY(registry.create_model(TRY(args.required_text("name")), args.text("description"), TRY(read_tags(args, "tags")))));
}

Result<net::Response> get_model(registry::Service& registry, const net::Request& request) {
  return model_reply(registry, TRY(registry.model(TRY(TRY(Args::of(request)).required_text("name")))));
}

Result<net::Response> update_model(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  return model_reply(registry, TRY(registry.describe_model(TRY(args.required_text("name")), args.text("description"))));
}

Result<net::Response> delete_model(registry::Service& registry, const net::Request& request) {
  TRY(registry.delete_model(TRY(TRY(Args::of(request)).required_text("name"))));
  return empty_reply();
}

Result<registry::Search> read_search(const Args& args, std::int64_t otherwise, std::int64_t most) {
  registry::Search search{.filter = args.text("filter"), .order_by = args.texts("order_by"), .limit = TRY(args.integer("max_results", otherwise)), .offset = TRY(page_offset(args))};
  if (search.limit >= 1 && search.limit <= most) return search;
  return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied: it must be from 1 to {}", search.limit, most));
}

Result<net::Response> search_models(registry::Service& registry, const net::Request& request) {
  const auto page = TRY(registry.search_models(TRY(read_search(TRY(Args::of(request)), 100, 1000))));
  Writer writer;
  writer.begin_object();
  if (!page.rows.empty()) {
    writer.key("registered_models");
    writer.begin_array();
    for (const auto& model : page.rows) write(writer, model, TRY(latest_by_stage(registry, model.name, {})));
    writer.end_array();
  }
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> latest_versions(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto name = TRY(args.required_text("name"));
  TRY(registry.model(name));
  const auto latest = TRY(latest_by_stage(registry, name, args.texts("stages")));
  Writer writer;
  writer.begin_object();
  if (!latest.empty()) {
    writer.key("model_versions");
    writer.begin_array();
    for (const auto& version : latest) write(writer, version);
    writer.end_array();
  }
  writer.end_object();
  return reply(writer);
}

Result<net::Response> set_alias(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(registry.set_alias(TRY(args.required_text("name")), TRY(args.required_text("alias")), TRY(version_number(args)), "user:local"));
  return empty_reply();
}

Result<net::Response> delete_alias(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(registry.delete_alias(TRY(args.required_text("name")), TRY(args.required_text("alias"))));
  return empty_reply();
}

// MLflow calls an alias that points nowhere a bad parameter, and clients go by that.
Result<net::Response> by_alias(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto alias = TRY(args.required_text("alias"));
  const auto found = registry.by_alias(TRY(args.required_text("name")), alias);
  if (!found && found.error().code == Code::not_found) return fail(Code::invalid, fmt::format("Registered model alias {} not found.", alias));
  return version_reply(TRY(found));
}

Result<net::Response> set_model_tag(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(registry.set_model_tag(TRY(args.required_text("name")), {TRY(args.required_text("key")), args.text("value")}));
  return empty_reply();
}

Result<net::Response> delete_model_tag(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(registry.delete_model_tag(TRY(args.required_text("name")), TRY(args.required_text("key"))));
  return empty_reply();
}

Result<net::Response> create_version(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  return version_reply(TRY(registry.create_version({.model = TRY(args.required_text("name")), .source = TRY(args.required_text("source")), .run_id = args.text("run_id"), .run_link = args.text("run_link"),
                                                    .description = args.text("description"), .tags = TRY(read_tags(args, "tags"))})));
}

Result<net::Response> get_version(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  return version_reply(TRY(registry.version(TRY(args.required_text("name")), TRY(version_number(args)))));
}

Result<net::Response> update_version(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  return version_reply(TRY(registry.describe_version(TRY(args.required_text("name")), TRY(version_number(args)), args.text("description"))));
}

Result<net::Response> transition(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  return version_reply(TRY(registry.set_stage(TRY(args.required_text("name")), TRY(version_number(args)), TRY(args.required_text("stage")))));
}

Result<net::Response> delete_version(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(registry.delete_version(TRY(args.required_text("name")), TRY(version_number(args))));
  return empty_reply();
}

Result<net::Response> search_versions(registry::Service& registry, const net::Request& request) {
  const auto page = TRY(registry.search_versions(TRY(read_search(TRY(Args::of(request)), 10'000, 200'000))));
  Writer writer;
  writer.begin_object();
  if (!page.rows.empty()) {
    writer.key("model_versions");
    writer.begin_array();
    for (const auto& version : page.rows) write(writer, version);
    writer.end_array();
  }
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> download_uri(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto version = TRY(registry.version(TRY(args.required_text("name")), TRY(version_number(args))));
  Writer writer;
  writer.begin_object();
  writer.field("artifact_uri", version.artifact_uri);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> set_version_tag(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(registry.set_version_tag(TRY(args.required_text("name")), TRY(version_number(args)), {TRY(args.required_text("key")), args.text("value")}));
  return empty_reply();
}

Result<net::Response> delete_version_tag(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(registry.delete_version_tag(TRY(args.required_text("name")), TRY(version_number(args)), TRY(args.required_text("key"))));
  return empty_reply();
}

}  // namespace

void add_registry_routes(net::Router& router, registry::Service& registry) {
  const auto route = [&](std::string_view method, std::string_view path, Result<net::Response> (*handler)(registry::Service&, const net::Request&)) {
    add(router, method, path, std::bind_front(handler, std::ref(registry)));
  };
  route("POST", "/registered-models/create", create_model);
  route("GET", "/registered-models/get", get_model);
  route("PATCH", "/registered-models/update", update_model);
  route("DELETE", "/registered-models/delete", delete_model);
  route("GET", "/registered-models/search", search_models);
  route("POST", "/registered-models/search", search_models);
  route("GET", "/registered-models/get-latest-versions", latest_versions);
  route("POST", "/registered-models/get-latest-versions", latest_versions);
  route("GET", "/registered-models/alias", by_alias);
  route("POST", "/registered-models/alias", set_alias);
  route("DELETE", "/registered-models/alias", delete_alias);
  route("POST", "/registered-models/set-tag", set_model_tag);
  route("DELETE", "/registered-models/delete-tag", delete_model_tag);
  route("POST", "/model-versions/create", create_version);
  route("GET", "/model-versions/get", get_version);
  route("PATCH", "/model-versions/update", update_version);
  route("DELETE", "/model-versions/delete", delete_version);
  route("POST", "/model-versions/transition-stage", transition);
  route("GET", "/model-versions/search", search_versions);
  route("POST", "/model-versions/search", search_versions);
  route("GET", "/model-versions/get-download-uri", download_uri);
  route("POST", "/model-versions/set-tag", set_version_tag);
  route("DELETE", "/model-versions/delete-tag", delete_version_tag);
}

}  // namespace gyre::mlflow
