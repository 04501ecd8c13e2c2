// model-versions/*
#include "api/mlflow/registry.h"

namespace gyre::mlflow {
namespace {

constexpr std::int64_t kPage = 10'000, kMaxPage = 200'000;
constexpr Expected kName{"name", Kind::text, kRequired}, kVersion{"version", Kind::text, kRequired};

Result<net::Response> create(registry::Service& registry, const net::Request& request) {
  const auto args =
      TRY(Args::of(request, {kName, {"source", Kind::text, kRequired}, {"run_id"}, {"tags", Kind::list}, {"run_link"}, {"description"}, {"model_id"}}));
  return version_reply(TRY(registry.create_version({.model = args.text("name"),
                                                    .source = args.text("source"),
                                                    .run_id = args.text("run_id"),
                                                    .run_link = args.text("run_link"),
                                                    .description = args.text("description"),
                                                    .tags = TRY(read_tags(args, "tags")),
                                                    .model_id = args.text("model_id")})));
}

Result<net::Response> get(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kVersion}));
  return version_reply(TRY(registry.version(args.text("name"), TRY(version_number(args)))));
}

Result<net::Response> update(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kVersion, {"description"}}));
  return version_reply(TRY(registry.describe_version(args.text("name"), TRY(version_number(args)), args.text("description"))));
}

Result<net::Response> transition(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kVersion, {"stage", Kind::text, kRequired}, {"archive_existing_versions", Kind::truth}}));
  const auto others = args.truth("archive_existing_versions") ? registry::Service::Others::archived : registry::Service::Others::kept;
  return version_reply(TRY(registry.set_stage(args.text("name"), TRY(version_number(args)), args.text("stage"), others)));
}

Result<net::Response> remove(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kVersion}));
  TRY(registry.delete_version(args.text("name"), TRY(version_number(args))));
  return empty_reply();
}

Result<net::Response> search(registry::Service& registry, const net::Request& request) {
  const auto page = TRY(registry.search_versions(TRY(read_search(request, kPage, kMaxPage))));
  return versions_reply(page.rows, page.next_offset);
}

Result<net::Response> download_uri(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto version = TRY(registry.version(args.text("name"), TRY(version_number(args))));
  Writer writer;
  writer.begin_object();
  writer.field("artifact_uri", version.artifact_uri);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> set_tag(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kVersion, {"key", Kind::text, kRequired}, {"value"}}));
  TRY(registry.set_version_tag(args.text("name"), TRY(version_number(args)), {args.text("key"), args.text("value")}));
  return empty_reply();
}

Result<net::Response> delete_tag(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kVersion, {"key", Kind::text, kRequired}}));
  TRY(registry.delete_version_tag(args.text("name"), TRY(version_number(args)), args.text("key")));
  return empty_reply();
}

}  // namespace

void add_version_routes(net::Router& router, registry::Service& registry) {
  const auto route = [&](std::string_view method, std::string_view path, RegistryHandler handler) {
    add(router, method, path, std::bind_front(handler, std::ref(registry)));
  };
  route("POST", "/model-versions/create", create);
  route("GET", "/model-versions/get", get);
  route("PATCH", "/model-versions/update", update);
  route("DELETE", "/model-versions/delete", remove);
  route("POST", "/model-versions/transition-stage", transition);
  route("GET", "/model-versions/search", search);
  route("POST", "/model-versions/search", search);
  route("GET", "/model-versions/get-download-uri", download_uri);
  route("POST", "/model-versions/set-tag", set_tag);
  route("DELETE", "/model-versions/delete-tag", delete_tag);
}

}  // namespace gyre::mlflow
