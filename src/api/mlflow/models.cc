// registered-models/*
#include "api/mlflow/pages.h"
#include "api/mlflow/registry.h"

namespace gyre::mlflow {
namespace {

constexpr std::int64_t kPage = 100, kMaxPage = 1000;
constexpr Expected kName{"name", Kind::text, kRequired};

Result<net::Response> model_reply(registry::Service& registry, const registry::Model& model) {
  Writer writer;
  writer.begin_object();
  writer.key("registered_model");
  write(writer, model, TRY(registry.latest_by_stage(model.name, {})));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> create(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, {"tags", Kind::list}, {"description"}}));
  return model_reply(registry, TRY(registry.create_model(args.text("name"), args.text("description"), TRY(read_tags(args, "tags")))));
}

Result<net::Response> get(registry::Service& registry, const net::Request& request) {
  return model_reply(registry, TRY(registry.model(TRY(Args::of(request, {kName})).text("name"))));
}

Result<net::Response> rename(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, {"new_name", Kind::text, kRequired}}));
  return model_reply(registry, TRY(registry.rename_model(args.text("name"), args.text("new_name"))));
}

Result<net::Response> update(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, {"description"}}));
  return model_reply(registry, TRY(registry.describe_model(args.text("name"), args.text("description"))));
}

Result<net::Response> remove(registry::Service& registry, const net::Request& request) {
  TRY(registry.delete_model(TRY(Args::of(request, {kName})).text("name")));
  return empty_reply();
}

Result<net::Response> search(registry::Service& registry, const net::Request& request) {
  const auto page = TRY(registry.search_models(TRY(read_search(request, kPage, kMaxPage))));
  Writer writer;
  writer.begin_object();
  if (!page.rows.empty()) {
    writer.key("registered_models");
    writer.begin_array();
    for (const auto& model : page.rows) write(writer, model, TRY(registry.latest_by_stage(model.name, {})));
    writer.end_array();
  }
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> latest_versions(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, {"stages", Kind::texts}}));
  TRY(registry.model(args.text("name")));
  return versions_reply(TRY(registry.latest_by_stage(args.text("name"), args.texts("stages"))));
}

Result<net::Response> set_tag(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, {"key", Kind::text, kRequired}, {"value"}}));
  TRY(registry.set_model_tag(args.text("name"), {args.text("key"), args.text("value")}));
  return empty_reply();
}

Result<net::Response> delete_tag(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, {"key", Kind::text, kRequired}}));
  TRY(registry.delete_model_tag(args.text("name"), args.text("key")));
  return empty_reply();
}

}  // namespace

void add_model_routes(net::Router& router, registry::Service& registry) {
  const auto route = [&](std::string_view method, std::string_view path, RegistryHandler handler) {
    add(router, method, path, std::bind_front(handler, std::ref(registry)));
  };
  route("POST", "/registered-models/create", create);
  route("GET", "/registered-models/get", get);
  route("POST", "/registered-models/rename", rename);
  route("PATCH", "/registered-models/update", update);
  route("DELETE", "/registered-models/delete", remove);
  route("GET", "/registered-models/search", search);
  route("POST", "/registered-models/search", search);
  route("GET", "/registered-models/get-latest-versions", latest_versions);
  route("POST", "/registered-models/get-latest-versions", latest_versions);
  route("POST", "/registered-models/set-tag", set_tag);
  route("DELETE", "/registered-models/delete-tag", delete_tag);
}

}  // namespace gyre::mlflow
