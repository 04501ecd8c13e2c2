// registered-models/alias
#include "api/mlflow/registry.h"

namespace gyre::mlflow {
namespace {

constexpr Expected kName{"name", Kind::text, kRequired}, kAlias{"alias", Kind::text, kRequired};

Result<net::Response> set(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kAlias, {"version", Kind::text, kRequired}}));
  TRY(registry.set_alias(args.text("name"), args.text("alias"), TRY(version_number(args)), "user:local"));
  return empty_reply();
}

Result<net::Response> remove(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kAlias}));
  TRY(registry.delete_alias(args.text("name"), args.text("alias")));
  return empty_reply();
}

// MLflow calls an alias that points nowhere a bad parameter, and clients go by that; "latest" is the newest version.
Result<net::Response> get(registry::Service& registry, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kName, kAlias}));
  const auto name = args.text("name"), alias = args.text("alias");
  TRY(registry.model(name));
  if (alias == "latest") {
    const auto newest = TRY(registry.versions(name, "", 1, 0));
    if (!newest.empty()) return version_reply(newest.front());
  }
  const auto found = registry.by_alias(name, alias);
  if (!found && found.error().code == Code::not_found) return fail(Code::invalid, fmt::format("Registered model alias {} not found.", alias));
  return version_reply(TRY(found));
}

}  // namespace

void add_alias_routes(net::Router& router, registry::Service& registry) {
  const auto route = [&](std::string_view method, RegistryHandler handler) {
    add(router, method, "/registered-models/alias", std::bind_front(handler, std::ref(registry)));
  };
  route("GET", get);
  route("POST", set);
  route("DELETE", remove);
}

}  // namespace gyre::mlflow
