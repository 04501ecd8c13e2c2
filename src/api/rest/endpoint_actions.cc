// What may be done to an endpoint: deploy versions, and hold, advance or roll back what is rolled out.
#include "api/rest/endpoints.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxReasonBytes = 500, kMaxRoutes = 16;

struct ActionBody {
  std::string action, reason;
};
BOOST_DESCRIBE_STRUCT(ActionBody, (), (action, reason))

struct RouteBody {
  json::Value version;  // 3, "3" or "champion"
  std::optional<double> weight;
  std::string role = "primary";
};
BOOST_DESCRIBE_STRUCT(RouteBody, (), (version, weight, role))

struct DeployBody {
  std::vector<RouteBody> routes;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(DeployBody, (), (routes, reason))

Result<void> check_reason(const std::string& reason) {
  if (reason.size() <= kMaxReasonBytes) return {};
  return fail(Code::invalid, fmt::format("'reason' has {} bytes; at most {} are kept", reason.size(), kMaxReasonBytes));
}

// A number that exists, or what an alias points at.
Result<std::int64_t> version_of(const Rooms& rooms, const std::string& model, const json::Value& given) {
  if (const auto* number = given.if_int()) return TRY(rooms.registry.version(model, *number)).version;
  const auto text = given.string_or("");
  if (text.empty()) return fail(Code::invalid, "a route needs 'version'", {}, "a number, or an alias such as champion");
  return TRY(registry::find_version(rooms.registry, fmt::format("{}@{}", model, text))).version;
}

Result<net::Response> deploy(const Rooms& rooms, const net::Request& request) {
  const auto wanted = TRY(body<DeployBody>(request));
  TRY(check_reason(wanted.reason));
  const auto endpoint = TRY(rooms.serving.endpoint(request.parameter("endpoint")));
  if (wanted.routes.empty() || wanted.routes.size() > kMaxRoutes)
    return fail(Code::invalid, fmt::format("'routes' must have 1 to {} routes, not {}", kMaxRoutes, wanted.routes.size()), {},
                R"(for example [{"version": 3, "weight": 1}])");
  std::vector<serving::Route> routes;
  for (const auto& route : wanted.routes) {
    routes.push_back({TRY(version_of(rooms, endpoint.config.model, route.version)), route.weight.value_or(route.role == "shadow" ? 0 : 1), route.role});
  }
  const auto revision = TRY(rooms.serving.deploy(endpoint.name, routes, wanted.reason.empty() ? "by hand" : wanted.reason, actor_of(request)));
  return done(endpoint_revision_link(endpoint.name, revision.number), fmt::format("{} is at revision {}", endpoint.name, revision.number),
              fmt::format("gyre endpoint deploy {} {}", endpoint.name, revision.main_version()));
}

Result<net::Response> act_on_endpoint(const Rooms& rooms, const net::Request& request) {
  const auto wanted = TRY(body<ActionBody>(request));
  TRY(check_reason(wanted.reason));
  const auto name = TRY(rooms.serving.endpoint(request.parameter("endpoint"))).name;
  const auto actor = actor_of(request);
  std::string text;
  if (wanted.action == "rollback") {
    text = fmt::format("{} went back to v{}", name, TRY(rooms.policy.roll_back(name, wanted.reason, actor)));
  } else if (wanted.action == "hold" || wanted.action == "resume") {
    TRY(rooms.policy.hold(name, wanted.action == "hold", actor));
    text = fmt::format("the roll-out at {} {}", name, wanted.action == "hold" ? "is held" : "goes on");
  } else if (wanted.action == "advance") {
    TRY(rooms.policy.advance(name, wanted.reason, actor));
    text = fmt::format("the roll-out at {} went to its next stage", name);
  } else {
    return fail(Code::invalid, fmt::format("'action' cannot be '{:.40}'", wanted.action), {}, "one of: rollback, hold, resume, advance");
  }
  return done(endpoint_link(name), text, fmt::format("gyre endpoint {} {}", wanted.action, name));
}

}  // namespace

void add_endpoint_actions(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "POST", "/endpoints/:endpoint", act_on_endpoint);
  add(router, rooms, "POST", "/endpoints/:endpoint/deploy", deploy);
}

}  // namespace gyre::rest
