#include "app/house.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "api/inference/routes.h"
#include "api/mlflow/artifacts_only.h"
#include "api/mlflow/genai.h"
#include "api/mlflow/routes.h"
#include "api/mlflow/settings.h"
#include "api/mlflow/traces.h"
#include "api/mlflow/webhooks.h"
#include "api/otlp/routes.h"
#include "api/page/routes.h"
#include "api/rest/exchange.h"
#include "api/rest/retention.h"
#include "api/rest/run_alerts.h"
#include "api/rest/run_control.h"
#include "app/content_root.h"
#include "app/deliveries.h"
#include "app/ground.h"
#include "app/project.h"
#include "app/version.h"
#include "base/case.h"
#include "base/log.h"
#include "genai/needs.h"
#include "registry/needs.h"
#include "storage/blob/known.h"
#include "traces/needs.h"
#include "tracking/file_owner.h"

namespace gyre::app {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kQueryMemoryBytes = 1LL << 30;
constexpr int kQueryThreads = 1;  // of one query: calls go side by side; a second thread of a short one spins more than it helps

std::string environment_or(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : std::move(otherwise);
}

genai::Options genai_options() {
  const auto custom = lower(environment_or("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS", ""));
  return {.custom_scorers = custom == "true" || custom == "1"};
}

pipelines::Options pipeline_options(const HouseOptions& options) {
  return {.folder = options.data_dir / "work",
          .tracking_uri = {},
          .path = options.step_path.empty() ? environment_or("PATH", "/usr/local/bin:/usr/bin:/bin") : options.step_path,
          .home = options.step_home.empty() ? environment_or("HOME", "/tmp") : options.step_home,
          .cpus = 2};
}

rest::Rooms rest_rooms(Rooms& rooms, blob::Store& blobs, const Clock& clock) {
  const auto apply = [&rooms](std::string_view text, const fs::path& folder, std::string_view actor) { return apply_project(rooms, text, folder, actor); };
  return {rooms.governance,      rooms.tracking, rooms.run_queries, rooms.many_curves, rooms.registry, rooms.datasets,
          rooms.pipelines,       rooms.serving,  rooms.monitoring,  rooms.policy,      blobs,          clock,
          std::string(kVersion), apply};
}

std::vector<operations::Source> figures_of(Rooms& rooms, webhooks::Service& webhooks, notify::Service& notices) {
  const auto source = [](std::string name, auto& room) { return operations::Source{std::move(name), [&room] { return room.figures(); }}; };
  return {source("governance", rooms.governance),
          source("views", rooms.views),
          source("artifacts", rooms.uploads),
          source("tracking", rooms.tracking),
          source("retention", rooms.retention),
          source("traces", rooms.traces),
          source("genai", rooms.genai),
          source("registry", rooms.registry),
          source("webhooks", webhooks),
          source("alerting", rooms.alerting),
          source("notify", notices),
          source("datasets", rooms.datasets),
          source("pipelines", rooms.pipelines),
          source("serving", rooms.serving),
          source("monitoring", rooms.monitoring),
          source("policy", rooms.policy)};
}

bool holds_bytes(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return !error && size > 0;
}

bool holds_files(const fs::path& folder) {
  std::error_code error;
  const auto all = fs::recursive_directory_iterator(folder, error);
  return !error && std::ranges::any_of(all, [&](const auto& entry) { return entry.is_regular_file(error); });
}

// The value is not repeated where it is refused: it may hold a password.
Result<std::unique_ptr<sql::Db>> open_database(const HouseOptions& options) {
  const std::string_view url = options.database;
  if (url.starts_with("postgres://") || url.starts_with("postgresql://") || url.starts_with("sqlite:")) return sql::open(url);
  if (!url.empty())
    return fail(Code::invalid, "the database is no URL that is known here", {},
                "--database postgres://user@host/name, or leave it out to use SQLite in the data folder");
  const auto file = options.data_dir / kDatabaseFile;
  const bool is_new = !holds_bytes(file) && !holds_bytes(options.data_dir / "gyre.db-wal");
  if (is_new && (holds_files(options.data_dir / "blobs" / "objects") ||
                 holds_files(options.data_dir / "predictions"))) {  // a new one would make it look like a sound and empty house
    return fail(Code::not_found, fmt::format("the data folder '{}' holds content, but its database gyre.db is missing or empty", options.data_dir.string()), {},
                "restore gyre.db from a backup, name the database it belongs to with --database, or choose another data folder");
  }
  return sql::open("sqlite:" + file.string());
}

}  // namespace

Result<House::Foundations> House::lay(const HouseOptions& options, const Clock& clock) {
  TRY(make_folders(options.data_dir));
  Foundations laid;
  laid.meters = std::make_unique<operations::Meters>();
  laid.lock = TRY(take_lock(options.data_dir));
  auto db = TRY(open_database(options));
  if (db->dialect() == sql::Dialect::postgres) db = sql::make_fenced(std::move(db));
  laid.db = sql::make_counted(std::move(db), laid.meters->sql);
  TRY(make_schema(*laid.db));
  if (laid.db->dialect() == sql::Dialect::postgres) laid.membership = TRY(Membership::join(*laid.db, clock, options.data_dir));
  const auto root = options.artifact_root.empty() ? options.data_dir / "blobs" : fs::path(options.artifact_root);
  TRY(warn_of_content_left_behind(options.data_dir, root));
  laid.blobs = blob::make_counted(TRY(blob::open_local(root)), laid.meters->blob);
  std::error_code error;
  const auto binary = fs::read_symlink("/proc/self/exe", error);
  if (error) return fail(Code::unavailable, "cannot find this program's own file", error.message(), "mount /proc");
  laid.webhooks = TRY(webhook_options());
  laid.vault = TRY(open_vault(laid.webhooks, options.data_dir));
  laid.launcher = exec::make_counted(TRY(exec::open_local(options.data_dir / "jobs", binary)), laid.meters->exec);
  return laid;
}

Rooms::Rooms(sql::Db& db, blob::Store& blobs, const Clock& clock, query::Engine& engine, infer::Runtime& runtime, exec::Launcher& launcher,
             const HouseOptions& options)
    : governance(db),
      views(db, clock),
      uploads(db, blobs, clock),
      tracking(db, blobs, clock),
      retention(db, blobs, clock),
      control(db, clock),
      forks(db, tracking, clock),
      silence(db),
      run_queries(db, clock),
      keys(db),
      importance(db, run_queries),
      comparisons(db, blobs, tracking, governance, importance),
      many_curves(db, clock),
      alerting(db, clock, run_queries),
      traces(db, clock, tracking),
      genai(db, clock, tracking, traces, genai_options()),
      registry(db, blobs, clock, tracking),
      datasets(db, blobs, engine, clock, options.data_dir / "cache"),
      pipelines(db, blobs, clock, tracking, registry, datasets, launcher, pipeline_options(options)),
      serving(db, clock, registry, runtime, engine, options.data_dir / "predictions"),
      monitoring(db, blobs, clock, registry, serving, engine, options.data_dir / "monitoring"),
      policy(db, clock, registry, pipelines, serving, monitoring),
      intake(db, blobs, clock, tracking, traces, registry) {
  for (const auto& guard : {tracking::Guard(registry::needs), tracking::Guard(traces::needs), tracking::Guard(genai::needs)}) retention.add_guard(guard);
  retention.set_under_way([this] { return uploads.open_bytes(); });
}

House::House(Foundations foundations, const HouseOptions& options, const Clock& clock)
    : data_dir_(options.data_dir),
      clock_(clock),
      meters_(std::move(foundations.meters)),
      lock_(std::move(foundations.lock)),
      db_(std::move(foundations.db)),
      membership_(std::move(foundations.membership)),
      blobs_(std::move(foundations.blobs)),
      launcher_(std::move(foundations.launcher)),
      engine_(query::make_counted(
          query::open({.memory_bytes = kQueryMemoryBytes, .threads = kQueryThreads, .library = {}, .scratch = options.data_dir / "scratch"}), meters_->query)),
      runtime_(infer::make_counted(infer::open({}), meters_->infer)),
      rooms_(*db_, *blobs_, clock, *engine_, *runtime_, *launcher_, options),
      webhook_sender_(foundations.webhooks),
      webhooks_(*db_, clock_, webhook_sender_, *foundations.vault, {.attempts = foundations.webhooks.attempts}),
      notice_carrier_(webhook_sender_, foundations.webhooks, environment_or("GYRE_TRUSTED_CERTIFICATES", "")),
      notices_(*db_, clock_, notice_carrier_, *foundations.vault,
               {.attempts = foundations.webhooks.attempts, .base_url = environment_or("GYRE_PUBLIC_URL", "")}),
      deliveries_(
          std::make_unique<Deliveries>(*db_, hub_, clock_, rooms_.pipelines, webhooks_, rooms_.alerting, membership_ ? &membership_->deliveries() : nullptr)),
      webhook_duty_(webhooks_, clock_, foundations.webhooks.workers),
      notice_duty_(notices_, clock_),
      heart_(clock_, duties()),
      rest_(std::make_unique<rest::Rooms>(rest_rooms(rooms_, *blobs_, clock_))),
      workspace_{rooms_.tracking, rooms_.run_queries, rooms_.keys, rooms_.importance, rooms_.comparisons, rooms_.views, *blobs_},
      operations_(std::make_unique<operations::Sources>(
          std::string(kVersion), *meters_, *db_, *blobs_, [this] { return http_statistics(); }, [this] { return deliveries_->lags(); },
          figures_of(rooms_, webhooks_, notices_))) {}

// Sealing curves begins with what this server was sent, and two who seal the same do it once; keys are counted for those who ask this
// server; serving keeps counters and seals logs of what this server has answered: these are its own, on any database.
std::vector<Duty*> House::duties() {
  const auto leased = [&](Duty& duty, sql::Lease& lease) -> Duty* { return leased_.emplace_back(std::make_unique<Leased>(duty, lease)).get(); };
  if (!membership_)
    return {deliveries_.get(), &webhook_duty_,   &rooms_.uploads, &rooms_.tracking.sealing(), &rooms_.keys,    &rooms_.retention,  &rooms_.forks,
            &rooms_.silence,   &rooms_.alerting, &notice_duty_,   &rooms_.pipelines,          &rooms_.serving, &rooms_.monitoring, &rooms_.policy};
  return {deliveries_.get(),
          leased(webhook_duty_, membership_->deliveries()),
          leased(rooms_.uploads, membership_->deliveries()),
          &rooms_.tracking.sealing(),
          &rooms_.keys,
          leased(rooms_.retention, membership_->deliveries()),
          leased(rooms_.forks, membership_->deliveries()),
          leased(rooms_.silence, membership_->deliveries()),
          leased(rooms_.alerting, membership_->deliveries()),
          leased(notice_duty_, membership_->deliveries()),
          leased(rooms_.pipelines, membership_->pipelines()),
          &rooms_.serving,
          leased(rooms_.monitoring, membership_->home()),
          leased(rooms_.policy, membership_->home())};
}

void House::start_duties() {
  if (membership_) membership_->start();
  heart_.start();
}

House::~House() {
  heart_.stop();
  webhook_duty_.stop();
  notice_duty_.stop();
  if (membership_) membership_->leave();
  close_doors();
}

Result<std::unique_ptr<House>> House::open(const HouseOptions& options, const Clock& clock) {
  std::error_code error;
  HouseOptions absolute = options;
  absolute.data_dir = fs::absolute(options.data_dir, error);
  if (error) return fail(Code::invalid, fmt::format("'{}' is no folder name", options.data_dir.string()), error.message());
  auto ground = TRY(lay(absolute, clock));
  std::unique_ptr<House> house(new House(std::move(ground), absolute, clock));
  TRY(house->furnish());
  return house;
}

Result<void> House::furnish() {
  TRY(rooms_.tracking.prepare());
  TRY(deliveries_->begin());
  return rooms_.serving.open();
}

Result<void> House::listen(const net::ServerOptions& options, const Doors& doors) {
  mlflow::ArtifactRooms files{*blobs_, rooms_.uploads, options.prefix};
  if (!doors.artifacts_only) files.check_owner = [this](std::string_view key) { return tracking::check_owner(*db_, key); };  // else runs are known elsewhere
  mlflow::add_routes(router_, rooms_.tracking, rooms_.registry, files);
  mlflow::add_trace_routes(router_, rooms_.traces, *blobs_);
  mlflow::add_genai_routes(router_, rooms_.genai);
  otlp::add_routes(router_, rooms_.traces);
  mlflow::add_webhook_routes(router_, webhooks_);
  inference::add_routes(router_, rooms_.serving);
  rest::add_exchange_routes(router_, rooms_.intake);
  rest::add_retention_routes(router_, rooms_.retention);
  rest::add_workspace_routes(router_, workspace_);
  rest::add_run_control_routes(router_, {rooms_.tracking, rooms_.control, rooms_.forks});
  rest::add_run_alert_routes(router_, {rooms_.alerting, notices_});
  rest::add_routes(router_, *rest_);
  page::add_routes(router_, options.prefix, doors.frames);
  operations::add_routes(router_, *operations_);
  TRY(mlflow::keep_to(router_, TRY(mlflow::read_settings())));
  if (doors.artifacts_only) mlflow::close_all_but_artifacts(router_);
  host_ = options.host;
  prefix_ = options.prefix;
  server_ = TRY(net::Server::start(options, router_, hub_));
  answering_ = server_.get();
  rooms_.pipelines.set_tracking_uri(url());
  return {};
}

json::Value House::http_statistics() const {
  const auto* server = answering_.load();
  return server ? server->statistics() : json::Value();
}

void House::close_doors() {
  if (server_) server_->stop();
}

std::string House::url() const { return fmt::format("http://{}:{}{}", host_.contains(':') ? "[" + host_ + "]" : host_, port(), prefix_); }

Result<std::vector<RoomFindings>> House::verify(const std::function<void(std::string_view)>& starting) {
  std::vector<RoomFindings> all;
  const auto ask = [&](std::string_view room, auto&& verify) -> Result<void> {
    starting(room);
    all.push_back({std::string(room), TRY(verify())});
    return {};
  };
  TRY(ask("database", [&]() -> Result<Findings> {
    Findings findings{.checked = 1, .problems = {}};
    if (const auto sound = db_->verify(); !sound)
      findings.problems.push_back(sound.error().message + (sound.error().detail.empty() ? "" : ": " + sound.error().detail));
    return findings;
  }));
  TRY(ask("content", [&]() -> Result<Findings> {
    auto findings = TRY(blob::verify_all_content(*blobs_));
    auto known = TRY(blob::verify_known(*blobs_));
    findings.checked += known.checked;
    std::ranges::move(known.problems, std::back_inserter(findings.problems));
    return findings;
  }));
  TRY(ask("governance", [&] { return rooms_.governance.verify(); }));
  TRY(ask("views", [&] { return rooms_.views.verify(); }));
  TRY(ask("artifacts", [&] { return rooms_.uploads.verify(); }));
  TRY(ask("tracking", [&] { return rooms_.tracking.verify(); }));
  TRY(ask("traces", [&] { return rooms_.traces.verify(); }));
  TRY(ask("genai", [&] { return rooms_.genai.verify(); }));
  TRY(ask("registry", [&] { return rooms_.registry.verify(); }));
  TRY(ask("webhooks", [&] { return webhooks_.verify(); }));
  TRY(ask("notify", [&] { return notices_.verify(); }));
  TRY(ask("datasets", [&] { return rooms_.datasets.verify(); }));
  TRY(ask("pipelines", [&] { return rooms_.pipelines.verify(); }));
  TRY(ask("serving", [&] { return rooms_.serving.verify(); }));
  TRY(ask("monitoring", [&] { return rooms_.monitoring.verify(); }));
  TRY(ask("policy", [&] { return rooms_.policy.verify(); }));
  return all;
}

}  // namespace gyre::app
