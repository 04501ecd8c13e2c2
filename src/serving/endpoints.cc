// What endpoints are: their definitions and revisions.
#include <fmt/format.h>

#include "base/decode.h"
#include "governance/governance.h"
#include "serving/loaded.h"

namespace gyre::serving {
namespace {

struct LogText {
  bool strict = false;
};
BOOST_DESCRIBE_STRUCT(LogText, (), (strict))

struct ConfigText {
  std::string model, id_column;
  std::optional<std::string> unknown_category;
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

struct NamedRevisionRow {
  std::string endpoint;
  std::int64_t revision;
  std::string routes, reason, actor;
  std::int64_t at_ms;
};

constexpr auto kRevisions = "SELECT revision, routes, reason, actor, at_ms FROM endpoint_revisions WHERE endpoint = $1 ORDER BY revision DESC LIMIT $2";

Result<Config> read_config(const json::Value& definition) {
  const auto text = TRY(json::decode_strict<ConfigText>(definition));
  if (text.model.empty()) return fail(Code::invalid, "an endpoint needs 'model'");
  const auto unknown = text.unknown_category.value_or("");  // not asked for: rejected where the model tells what it knows
  if (text.unknown_category && unknown != "reject" && unknown != "flag")
    return fail(Code::invalid, fmt::format("'unknown_category' must be reject or flag, not '{:.40}'", unknown));
  return Config{text.model, text.id_column, unknown, text.log.strict};
}

Result<Revision> to_revision(RevisionRow row) {
  return Revision{row.revision, TRY(decode_routes(row.routes)), std::move(row.reason), std::move(row.actor), row.at_ms};
}

Result<Endpoint> to_endpoint(sql::Tx& tx, const EndpointRow& row) {
  Endpoint endpoint{row.name, TRY(read_config(TRY(json::parse(row.definition)))), std::nullopt, row.created_ms};
  auto last = TRY(tx.select_one<RevisionRow>(kRevisions, row.name, 1));
  if (last) endpoint.revision = TRY(to_revision(std::move(*last)));
  return endpoint;
}

// Revisions name versions by number: of another model they would be others.
Result<void> check_same_model(const Endpoint& there, std::string_view model) {
  if (!there.revision || there.config.model == model) return {};
  return fail(Code::conflict,
              fmt::format("endpoint '{}' answers with versions of model '{}', so its model cannot become '{}'", there.name, there.config.model, model), {},
              "make another endpoint for the other model");
}

}  // namespace

Result<Endpoint> Service::apply(std::string_view name, const json::Value& definition, std::string_view actor) {
  const auto wanted = TRY(read_config(definition));
  TRY(blob::check_key(name));
  if (name.contains('/')) return fail(Code::invalid, "an endpoint's name holds no slash");
  const auto answers = live_.with([&](const auto& all) {
    const auto found = all.find(name);
    return found == all.end() ? nullptr : found->second->present.with([](const Present& present) { return present.loaded; });
  });
  if (answers && !rejects_unknown(answers->config)) TRY(check_categories_told(wanted, *answers));
  const auto text = json::to_text(definition);
  bool changed = false;
  auto endpoint = TRY(db_.write([&](sql::Tx& tx) -> Result<Endpoint> {
    const auto now_ms = clock_.now_ms();
    const auto there = TRY(tx.select_one<EndpointRow>("SELECT name, definition, created_ms FROM endpoints WHERE name = $1", name));
    changed = !there || there->definition != text;
    if (changed) {
      if (there) TRY(check_same_model(TRY(to_endpoint(tx, *there)), wanted.model));
      TRY(tx.exec("INSERT INTO endpoints (name, definition, created_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition",
                  name, text, now_ms));
      const auto urn = governance::urn("endpoint", name);
      TRY(governance::put_node(tx, {urn, "endpoint", std::string(name), now_ms, definition}));
      TRY(governance::audit(tx, {now_ms, std::string(actor), there ? "endpoint.change" : "endpoint.create", urn, definition}));
    }
    return to_endpoint(tx, TRY(tx.select<EndpointRow>("SELECT name, definition, created_ms FROM endpoints WHERE name = $1", name)).front());
  }));
  const auto live = live_.with([&](auto& all) {
    auto& found = all[std::string(name)];
    if (!found) found = std::make_shared<Live>();
    return found;
  });
  if (changed && endpoint.revision) {
    const std::lock_guard lock(live->deploying);
    reload(*live, endpoint);
  }
  return endpoint;
}

Result<std::vector<Endpoint>> Service::list() {
  return db_.read([](sql::Tx& tx) -> Result<std::vector<Endpoint>> {
    std::vector<Endpoint> endpoints;
    for (const auto& row : TRY(tx.select<EndpointRow>("SELECT name, definition, created_ms FROM endpoints ORDER BY name")))
      endpoints.push_back(TRY(to_endpoint(tx, row)));
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

Result<std::vector<NamedRevision>> Service::revisions_between(std::string_view name, TimeMs from_ms, TimeMs to_ms, std::size_t limit) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<NamedRevision>> {
    std::vector<NamedRevision> revisions;
    for (auto& row : TRY(tx.select<NamedRevisionRow>(
             "SELECT endpoint, revision, routes, reason, actor, at_ms FROM endpoint_revisions WHERE ($1 = '' OR endpoint = $1) AND at_ms >= $2 AND at_ms < $3 "
             "ORDER BY at_ms DESC, endpoint, revision DESC LIMIT $4",
             name, from_ms, to_ms, static_cast<std::int64_t>(limit)))) {
      revisions.push_back(
          {std::move(row.endpoint), TRY(to_revision({row.revision, std::move(row.routes), std::move(row.reason), std::move(row.actor), row.at_ms}))});
    }
    return revisions;
  });
}

}  // namespace gyre::serving
