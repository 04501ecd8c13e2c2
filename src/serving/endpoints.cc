// What endpoints are: definitions, revisions, deploying.
#include <fmt/format.h>

#include <algorithm>

#include "base/decode.h"
#include "governance/governance.h"
#include "serving/loaded.h"
#include "storage/sql/outbox.h"

namespace gyre::serving {
namespace {

struct LogText {
  bool strict = false;
};
BOOST_DESCRIBE_STRUCT(LogText, (), (strict))

struct ConfigText {
  std::string model, id_column, unknown_category = "reject";
  LogText log;
};
BOOST_DESCRIBE_STRUCT(ConfigText, (), (model, id_column, unknown_category, log))

struct EndpointRow {
  std::string name, definition;
  std::int64_t created_ms;
};

struct RevisionRow {
  std::int64_t revision;
  std::string routes, reason, actor;
  std::int64_t at_ms;
};

constexpr auto kRevisions = "SELECT revision, routes, reason, actor, at_ms FROM endpoint_revisions WHERE endpoint = $1 ORDER BY revision DESC LIMIT $2";

Result<Config> read_config(const json::Value& definition) {
  const auto text = TRY(json::decode_strict<ConfigText>(definition));
  if (text.model.empty()) return fail(Code::invalid, "an endpoint needs 'model'");
  if (text.unknown_category != "reject" && text.unknown_category != "flag") return fail(Code::invalid, "'unknown_category' must be reject or flag");
  return Config{text.model, text.id_column, text.unknown_category, text.log.strict};
}

Result<Revision> to_revision(RevisionRow row) { return Revision{row.revision, TRY(decode_routes(row.routes)), std::move(row.reason), std::move(row.actor), row.at_ms}; }

Result<Endpoint> to_endpoint(sql::Tx& tx, const EndpointRow& row) {
  Endpoint endpoint{row.name, TRY(read_config(TRY(json::parse(row.definition)))), std::nullopt, row.created_ms};
  auto last = TRY(tx.select_one<RevisionRow>(kRevisions, row.name, 1));
  if (last) endpoint.revision = TRY(to_revision(std::move(*last)));
  return endpoint;
}

Result<void> check_routes(const std::vector<Route>& routes) {
  double total = 0;
  for (const auto& route : routes) {
    if (route.role != "primary" && route.role != "shadow") return fail(Code::invalid, fmt::format("a route's role must be primary or shadow, not '{}'", route.role));
    if (route.role == "primary" && !(route.weight > 0 && route.weight <= 1)) return fail(Code::invalid, "a primary route's weight must be above 0 and at most 1");
    if (route.role == "primary") total += route.weight;
  }
  if (std::abs(total - 1) > 1e-6) return fail(Code::invalid, fmt::format("the weights of the primary routes add up to {}, not to 1", total));
  return {};
}

}  // namespace

Result<Endpoint> Service::apply(std::string_view name, const json::Value& definition, std::string_view actor) {
  TRY(read_config(definition));
  TRY(blob::check_key(name));
  if (name.contains('/')) return fail(Code::invalid, "an endpoint's name holds no slash");
  const auto text = json::to_text(definition);
  auto endpoint = TRY(db_.write([&](sql::Tx& tx) -> Result<Endpoint> {
    const auto now_ms = clock_.now_ms();
    const auto there = TRY(tx.select_one<EndpointRow>("SELECT name, definition, created_ms FROM endpoints WHERE name = $1", name));
    if (!there || there->definition != text) {
      TRY(tx.exec("INSERT INTO endpoints (name, definition, created_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition", name, text, now_ms));
      const auto urn = governance::urn("endpoint", name);
      TRY(governance::put_node(tx, {urn, "endpoint", std::string(name), now_ms, definition}));
      TRY(governance::audit(tx, {now_ms, std::string(actor), there ? "endpoint.change" : "endpoint.create", urn, definition}));
    }
    return to_endpoint(tx, TRY(tx.select<EndpointRow>("SELECT name, definition, created_ms FROM endpoints WHERE name = $1", name)).front());
  }));
  live_.with([&](auto& all) {
    auto& live = all[std::string(name)];
    if (!live) live = std::make_shared<Live>();
  });
  return endpoint;
}

Result<std::vector<Endpoint>> Service::list() {
  return db_.read([](sql::Tx& tx) -> Result<std::vector<Endpoint>> {
    std::vector<Endpoint> endpoints;
    for (const auto& row : TRY(tx.select<EndpointRow>("SELECT name, definition, created_ms FROM endpoints ORDER BY name"))) endpoints.push_back(TRY(to_endpoint(tx, row)));
    return endpoints;
  });
}

Result<Endpoint> Service::endpoint(std::string_view name) {
  return db_.read([&](sql::Tx& tx) -> Result<Endpoint> {
    const auto row = TRY(tx.select_one<EndpointRow>("SELECT name, definition, created_ms FROM endpoints WHERE name = $1", name));
    if (!row) return fail(Code::not_found, fmt::format("there is no endpoint '{}'", name), {}, "gyre endpoint ls lists those that are");
    return to_endpoint(tx, *row);
  });
}

Result<std::vector<Revision>> Service::revisions(std::string_view name, std::size_t limit) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Revision>> {
    std::vector<Revision> revisions;
    for (auto& row : TRY(tx.select<RevisionRow>(kRevisions, name, static_cast<std::int64_t>(limit)))) revisions.push_back(TRY(to_revision(std::move(row))));
    return revisions;
  });
}

Result<std::shared_ptr<const infer::Session>> Service::session(std::string_view model, std::int64_t version) {
  const auto ref = fmt::format("{}@{}", model, version);
  auto known = sessions_.with([&](const auto& all) -> std::shared_ptr<const infer::Session> {
    const auto found = all.find(ref);
    return found == all.end() ? nullptr : found->second;
  });
  if (known) return known;
  const auto file = TRY(registry_.onnx_file(model, version, folder_ / "models"));
  auto loaded = TRY(runtime_.load(file));
  sessions_.with([&](auto& all) {
    constexpr std::size_t kMaxSessions = 32;
    if (all.size() >= kMaxSessions) std::erase_if(all, [](const auto& entry) { return entry.second.use_count() == 1; });
    all[ref] = loaded;
  });
  return loaded;
}

Result<std::shared_ptr<const Loaded>> Service::load(const Endpoint& endpoint, const Revision& revision) {
  auto loaded = std::make_shared<Loaded>();
  loaded->config = endpoint.config;
  loaded->revision = revision.number;
  for (const auto& route : revision.routes) {
    LoadedVersion version{route, TRY(session(endpoint.config.model, route.version)), {}};
    version.vocabulary = vocabulary_of(version.session->signature());
    const auto warm = version.session->run(warm_up_batch(version.session->signature()).columns);
    if (!warm) return within(fmt::format("{}@{} fails on its first row", endpoint.config.model, route.version), warm.error());
    (route.role == "shadow" ? loaded->shadows : loaded->primaries).push_back(std::move(version));
  }
  return loaded;
}

Result<Revision> Service::deploy(std::string_view name, const std::vector<Route>& routes, std::string_view reason, std::string_view actor) {
  TRY(check_routes(routes));
  const auto endpoint = TRY(this->endpoint(name));
  Revision revision{endpoint.revision ? endpoint.revision->number + 1 : 1, routes, std::string(reason), std::string(actor), clock_.now_ms()};
  const auto loaded = TRY(load(endpoint, revision));

  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("INSERT INTO endpoint_revisions (endpoint, revision, routes, reason, actor, at_ms) VALUES ($1, $2, $3, $4, $5, $6)", name, revision.number, encode_routes(routes), reason, actor,
                revision.at_ms));
    const auto id = fmt::format("{}@{}", name, revision.number);
    const auto urn = governance::urn("endpoint-revision", id);
    const auto body = TRY(json::parse(encode_routes(routes)));
    TRY(governance::put_node(tx, {urn, "endpoint-revision", id, revision.at_ms, json::Object{{"routes", body}, {"reason", reason}}}));
    for (const auto& route : routes) {
      TRY(governance::link(tx, {governance::urn("model-version", fmt::format("{}@{}", endpoint.config.model, route.version)), urn, route.role == "shadow" ? "shadowed" : "deployed", revision.at_ms}));
    }
    TRY(governance::link(tx, {urn, governance::urn("endpoint", name), "revised", revision.at_ms}));
    TRY(governance::audit(tx, {revision.at_ms, std::string(actor), "endpoint.deploy", urn, json::Object{{"routes", body}, {"reason", reason}}}));
    return outbox::publish(tx, revision.at_ms, "endpoint.revised", urn, json::Object{{"endpoint", name}, {"revision", revision.number}, {"routes", body}, {"reason", reason}});
  }));
  TRY(live(name))->loaded.with([&](auto& present) { present = loaded; });
  return revision;
}

Result<Revision> Service::roll_back(std::string_view name, std::string_view reason, std::string_view actor) {
  const auto last = TRY(revisions(name, 2));
  if (last.size() < 2) return fail(Code::conflict, fmt::format("endpoint '{}' has no earlier revision", name));
  return deploy(name, last[1].routes, reason, actor);
}

Result<void> Service::open() {
  TRY(log_->recover());
  struct Counters {
    std::string body;
  };
  for (const auto& endpoint : TRY(list())) {
    auto fresh = std::make_shared<Live>();
    const auto counters = TRY(db_.read([&](sql::Tx& tx) { return tx.select_one<Counters>("SELECT body FROM endpoint_counters WHERE endpoint = $1", endpoint.name); }));
    if (counters) fresh->tally.with([&](Tally& tally) { tally = decode_tally(counters->body); });
    if (endpoint.revision) {
      const auto loaded = TRY(load(endpoint, *endpoint.revision));
      fresh->loaded.with([&](auto& present) { present = loaded; });
    }
    live_.with([&](auto& all) { all[endpoint.name] = fresh; });
  }
  return {};
}

Result<DutyState> Service::run_due(TimeMs now_ms) {
  DutyState state;
  state.worked = TRY(log_->seal_due(now_ms));
  for (const auto& [name, live] : live_.with([](const auto& all) { return all; })) {
    const auto changed = live->tally.with([](Tally& tally) -> std::optional<std::string> {
      if (!std::exchange(tally.changed, false)) return std::nullopt;
      return encode_tally(tally);
    });
    if (!changed) continue;
    TRY(db_.write([&](sql::Tx& tx) {
      return tx.exec("INSERT INTO endpoint_counters (endpoint, body) VALUES ($1, $2) ON CONFLICT (endpoint) DO UPDATE SET body = excluded.body", name, *changed);
    }));
  }
  return state;
}

}  // namespace gyre::serving
