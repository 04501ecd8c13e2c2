// /models and /models/{model}: what may serve, what serves, what served when.
#include <algorithm>

#include "api/rest/versions.h"

namespace gyre::rest {
namespace {

constexpr std::int64_t kMaxModels = 500, kMaxVersionsShown = 200;

std::optional<Link> maybe_version(const std::string& model, std::int64_t version) {
  return version > 0 ? std::optional(version_link(model, version)) : std::nullopt;
}

Result<void> row_fields(Writer& writer, const Rooms& rooms, const registry::Model& model, const ModelStory& story) {
  const auto total = TRY(rooms.registry.count_versions(model.name));
  link_fields(writer, model_link(model.name, fmt::format("{}-{}", model.updated_ms, total)));
  maybe_link_field(writer, "champion", maybe_version(model.name, story.champion()));
  maybe_link_field(writer, "candidate", maybe_version(model.name, story.candidate()));
  writer.key("endpoints");
  writer.begin_array();
  TimeMs changed_ms = model.updated_ms;
  for (const auto& endpoint : story.endpoints()) {
    write(writer, endpoint_link(endpoint.name));
    if (endpoint.revision) changed_ms = std::max(changed_ms, endpoint.revision->at_ms);
  }
  writer.end_array();
  writer.field("versions_total", total);
  maybe_time_field(writer, "changed_at", changed_ms);
  return {};
}

Result<net::Response> list_models(const Rooms& rooms, const net::Request&) {
  const auto models = TRY(rooms.registry.models("", kMaxModels, 0));
  Writer writer;
  writer.begin_object();
  writer.field("total", static_cast<std::int64_t>(models.size()));
  writer.key("cursor");
  writer.null();
  writer.key("rows");
  writer.begin_array();
  for (const auto& model : models) {
    writer.begin_object();
    TRY(row_fields(writer, rooms, model, TRY(ModelStory::of(rooms, model.name))));
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

void served_field(Writer& writer, const ModelStory& story) {
  writer.key("served");
  writer.begin_array();
  for (const auto& bar : story.served()) {
    writer.begin_object();
    writer.field("lane", bar.lane);
    writer.field("version", std::to_string(bar.version));
    time_field(writer, "from", bar.from_ms);
    maybe_time_field(writer, "to", bar.to_ms);
    writer.field("status", bar.status);
    writer.end_object();
  }
  writer.end_array();
}

Result<net::Response> get_model(const Rooms& rooms, const net::Request& request) {
  const auto model = TRY(rooms.registry.model(request.parameter("model")));
  const auto story = TRY(ModelStory::of(rooms, model.name));
  Writer writer;
  writer.begin_object();
  TRY(row_fields(writer, rooms, model, story));
  writer.key("versions");
  writer.begin_array();
  for (const auto& version : TRY(rooms.registry.versions(model.name, "", kMaxVersionsShown, 0))) {
    writer.begin_object();
    TRY(version_fields(writer, rooms, story, version));
    writer.end_object();
  }
  writer.end_array();
  served_field(writer, story);
  writer.end_object();
  return reply(writer);
}

struct AliasBody {
  std::string alias;
  json::Value version;  // 3 or "3"
};
BOOST_DESCRIBE_STRUCT(AliasBody, (), (alias, version))

Result<net::Response> set_alias(const Rooms& rooms, const net::Request& request) {
  const auto wanted = TRY(body<AliasBody>(request));
  const auto model = TRY(rooms.registry.model(request.parameter("model"))).name;
  const auto text = wanted.version.if_int() ? std::to_string(*wanted.version.if_int()) : wanted.version.string_or("");
  if (text.empty()) return fail(Code::invalid, "'version' is missing", {}, "a number such as 3");
  const auto version = TRY(registry::find_version(rooms.registry, fmt::format("{}@{}", model, text)));
  TRY(rooms.registry.set_alias(model, wanted.alias, version.version, actor_of(request)));
  return done(version_link(model, version.version), fmt::format("{} points at {}", wanted.alias, version.ref()),
              fmt::format("gyre model promote {} --alias {}", version.ref(), wanted.alias));
}

}  // namespace

void add_registry_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/models", list_models);
  add(router, rooms, "GET", "/models/:model", get_model);
  add(router, rooms, "POST", "/models/:model/aliases", set_alias);
  add_version_routes(router, rooms);
}

}  // namespace gyre::rest
