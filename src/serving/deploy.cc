// Putting versions into service: load, warm up, record, swap.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/log.h"
#include "governance/governance.h"
#include "serving/loaded.h"
#include "storage/sql/outbox.h"

namespace gyre::serving {
namespace {

constexpr std::size_t kReplayBytes = 8 << 20;

Result<void> check_routes(const std::vector<Route>& routes) {
  double total = 0;
  std::set<std::int64_t> versions;
  for (const auto& route : routes) {
    if (route.role != "primary" && route.role != "shadow")
      return fail(Code::invalid, fmt::format("a route's role must be primary or shadow, not '{}'", route.role));
    if (route.role == "primary" && !(route.weight > 0 && route.weight <= 1))
      return fail(Code::invalid, "a primary route's weight must be above 0 and at most 1");
    if (route.role == "primary") total += route.weight;
    if (!versions.insert(route.version).second)
      return fail(Code::invalid, fmt::format("version {} stands in two routes", route.version), {}, "a version answers or is a shadow, not both");
  }
  if (!(std::abs(total - 1) <= 1e-6)) return fail(Code::invalid, fmt::format("the weights of the primary routes add up to {}, not to 1", total));
  return {};
}

Result<void> record(sql::Tx& tx, const Endpoint& endpoint, const Revision& revision) {
  const auto text = encode_routes(revision.routes);
  TRY(tx.exec("INSERT INTO endpoint_revisions (endpoint, revision, routes, reason, actor, at_ms) VALUES ($1, $2, $3, $4, $5, $6)", endpoint.name,
              revision.number, text, revision.reason, revision.actor, revision.at_ms));
  const auto id = fmt::format("{}@{}", endpoint.name, revision.number);
  const auto urn = governance::urn("endpoint-revision", id);
  const auto routes = TRY(json::parse(text));
  const json::Object facts{{"routes", routes}, {"reason", revision.reason}};
  TRY(governance::put_node(tx, {urn, "endpoint-revision", id, revision.at_ms, facts}));
  for (const auto& route : revision.routes) {
    TRY(governance::link(tx, {governance::urn("model-version", fmt::format("{}@{}", endpoint.config.model, route.version)), urn,
                              route.role == "shadow" ? "shadowed" : "deployed", revision.at_ms}));
  }
  TRY(governance::link(tx, {urn, governance::urn("endpoint", endpoint.name), "revised", revision.at_ms}));
  TRY(governance::audit(tx, {revision.at_ms, revision.actor, "endpoint.deploy", urn, facts}));
  return outbox::publish(tx, revision.at_ms, "endpoint.revised", urn,
                         json::Object{{"endpoint", endpoint.name}, {"revision", revision.number}, {"routes", routes}, {"reason", revision.reason}});
}

// What was logged behind the last time the counters were kept.
Result<Tally> counters_of(sql::Db& db, PredictionLog& log, const std::string& endpoint) {
  struct Row {
    std::string body;
  };
  const auto row = TRY(db.read([&](sql::Tx& tx) { return tx.select_one<Row>("SELECT body FROM endpoint_counters WHERE endpoint = $1", endpoint); }));
  KeptTally kept;
  if (row) kept = TRY(decode_tally(row->body));
  if (row && !kept.counted_to) return std::move(kept.tally);
  for (auto at = kept.counted_to.value_or(Position{});;) {
    const auto some = TRY(log.read(endpoint, at, kReplayBytes));
    if (some.frames.empty()) return std::move(kept.tally);
    for (const auto& frame : some.frames) kept.tally.add(frame);
    at = some.next;
  }
}

}  // namespace

Result<std::shared_ptr<const infer::Session>> Service::session(std::string_view model, std::int64_t version) {
  return sessions_.get(fmt::format("{}@{}", model, version), [&] { return registry_.onnx_file(model, version, folder_ / "models"); });
}

Result<std::shared_ptr<const Loaded>> Service::load(const Endpoint& endpoint, const Revision& revision) {
  auto loaded = std::make_shared<Loaded>();
  loaded->config = endpoint.config;
  loaded->revision = revision.number;
  for (const auto& route : revision.routes) {
    const auto name = fmt::format("{}@{}", endpoint.config.model, route.version);
    LoadedVersion version{route, TRY(session(endpoint.config.model, route.version)), {}};
    version.vocabulary = vocabulary_of(version.session->signature());
    if (const auto fits = check_columns(version.session->signature()); !fits) return within(name, fits.error());
    if (const auto warm = warm_up(*version.session); !warm) return within(fmt::format("{} fails on its first rows", name), warm.error());
    TRY(keep_columns(db_, endpoint.config.model, route.version, version.session->signature()));
    (route.role == "shadow" ? loaded->shadows : loaded->primaries).push_back(std::move(version));
  }
  return loaded;
}

// With what is recorded; requests under way end on what they began with.
void Service::reload(Live& live, const Endpoint& endpoint) {
  auto loaded = load(endpoint, *endpoint.revision);
  if (!loaded) log::report(log::Level::error, fmt::format("endpoint '{}' cannot be loaded", endpoint.name), loaded.error());
  live.present.with([&](Present& present) { present = loaded ? Present{std::move(*loaded), ""} : Present{nullptr, loaded.error().message}; });
}

Result<Revision> Service::deploy(std::string_view name, const std::vector<Route>& routes, std::string_view reason, std::string_view actor) {
  TRY(check_routes(routes));
  const auto live = TRY(this->live(name));
  const std::lock_guard lock(live->deploying);
  const auto endpoint = TRY(this->endpoint(name));
  const bool answers = live->present.with([](const Present& present) { return present.loaded != nullptr; });
  if (answers && endpoint.revision && endpoint.revision->routes == routes) return *endpoint.revision;

  Revision revision{endpoint.revision ? endpoint.revision->number + 1 : 1, routes, std::string(reason), std::string(actor), clock_.now_ms()};
  auto loaded = TRY(load(endpoint, revision));
  if (!revision.is_roll_back()) TRY(check_categories_told(endpoint.config, *loaded));  // a way back is never refused
  TRY(db_.write([&](sql::Tx& tx) { return record(tx, endpoint, revision); }));
  live->present.with([&](Present& present) { present = {std::move(loaded), ""}; });
  return revision;
}

std::int64_t Revision::main_version() const {
  const Route* main = nullptr;
  for (const auto& route : routes) {
    if (route.role == "primary" && (!main || route.weight > main->weight)) main = &route;
  }
  return main ? main->version : 0;
}

// To the newest revision before in which one version answered everything. Where one answers everything now, it is another one:
// what shared the requests, or had a shadow, goes back to being alone first.
Result<Revision> Service::roll_back(std::string_view name, std::string_view reason, std::string_view actor) {
  constexpr std::size_t kMaxLookedAt = 1000;
  const auto last = TRY(revisions(name, kMaxLookedAt));
  const auto answered_alone = [](const Revision& revision) {
    return std::ranges::any_of(revision.routes, [](const Route& route) { return route.weight == 1; });
  };
  const bool alone = !last.empty() && last.front().routes.size() == 1;
  const auto before = std::ranges::find_if(last.begin() + (last.empty() ? 0 : 1), last.end(), [&](const Revision& revision) {
    return answered_alone(revision) && (!alone || revision.main_version() != last.front().main_version());
  });
  if (before == last.end())
    return fail(Code::conflict, fmt::format("endpoint '{}' had no other version before", name), {}, fmt::format("gyre endpoint deploy {} VERSION", name));
  return deploy(name, {{before->main_version(), 1.0, "primary"}},
                reason.starts_with("rolled back") ? std::string(reason) : fmt::format("rolled back: {}", reason), actor);
}

Result<std::shared_ptr<Live>> Service::reopen(const Endpoint& endpoint) {
  auto live = std::make_shared<Live>();
  auto counters = TRY(counters_of(db_, *log_, endpoint.name));
  live->tally.with([&](Tally& tally) { tally = std::move(counters); });
  if (endpoint.revision) reload(*live, endpoint);
  return live;
}

Result<void> Service::open() {
  TRY(log_->recover());
  for (const auto& endpoint : TRY(list())) {
    auto live = TRY(reopen(endpoint));
    live_.with([&](auto& all) { all[endpoint.name] = std::move(live); });
  }
  return {};
}

// The counters first: a segment that cannot be sealed must not keep them from being kept.
Result<DutyState> Service::run_due(TimeMs now_ms) {
  for (const auto& [name, live] : live_.with([](const auto& all) { return all; })) TRY(keep_counters(name, *live, now_ms));
  DutyState state;
  state.worked = TRY(log_->seal_due(now_ms));
  state.next_due_ms = (now_ms / kDayMs + 1) * kDayMs;  // what this day brings is sealed then
  return state;
}

}  // namespace gyre::serving
