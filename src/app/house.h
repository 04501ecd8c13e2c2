// The wiring: every room of the house, built from the lowest to the highest. The only place that knows all of them.
#pragma once

#include "alerting/alerting.h"
#include "api/operations/routes.h"
#include "api/page/frames.h"
#include "api/rest/routes.h"
#include "api/rest/workspace.h"
#include "app/heart.h"
#include "app/leased.h"
#include "app/membership.h"
#include "app/notice_carrier.h"
#include "app/webhook_sender.h"
#include "artifacts/uploads.h"
#include "base/file.h"
#include "exchange/intake.h"
#include "genai/genai.h"
#include "governance/governance.h"
#include "net/server.h"
#include "policy/policy.h"
#include "traces/traces.h"
#include "tracking/fork.h"
#include "tracking/retention.h"
#include "tracking/silence.h"

namespace gyre::app {

struct HouseOptions {
  std::filesystem::path data_dir;
  std::string database;       // URL; empty: sqlite in the data folder
  std::string artifact_root;  // folder; empty: blobs/ in the data folder
  std::string step_path;      // PATH of steps; empty: that of this process
  std::string step_home;      // HOME of steps; empty: that of this process
};

struct Rooms {
  Rooms(sql::Db& db, blob::Store& blobs, const Clock& clock, query::Engine& engine, infer::Runtime& runtime, exec::Launcher& launcher,
        const HouseOptions& options);
  governance::Service governance;
  views::Service views;
  artifacts::Uploads uploads;
  tracking::Service tracking;
  tracking::Retention retention;
  tracking::Control control;
  tracking::Forks forks;
  tracking::Silence silence;
  tracking::RunQueries run_queries;
  tracking::ExperimentKeys keys;
  tracking::RunImportance importance;
  tracking::Comparisons comparisons;
  tracking::ManyCurves many_curves;
  alerting::Service alerting;
  traces::Service traces;
  genai::Service genai;
  registry::Service registry;
  datasets::Service datasets;
  pipelines::Service pipelines;
  serving::Service serving;
  monitoring::Service monitoring;
  policy::Service policy;
  exchange::Intake intake;
};

// What a room's self-check found, by room.
struct RoomFindings {
  std::string room;
  Findings findings;
};

struct Doors {
  bool artifacts_only = false;  // all else is 503, as `mlflow server` has it
  page::Frames frames = page::Frames::none;
};

class House {
 public:
  // Takes the data folder for itself (`conflict` while another process has it), brings the database to this binary's
  // schema and opens every room. `clock` outlives the house.
  static Result<std::unique_ptr<House>> open(const HouseOptions& options, const Clock& clock);
  ~House();

  // Serves HTTP on host:port (0: a free one) until close_doors().
  Result<void> listen(const net::ServerOptions& options, const Doors& doors = {});
  void close_doors();
  // Background work by the real clock, until the house goes.
  void start_duties();
  std::uint16_t port() const { return server_->port(); }
  std::string url() const;

  Rooms& rooms() { return rooms_; }
  Heart& heart() { return heart_; }
  query::Engine& engine() { return *engine_; }
  sql::Db& db() { return *db_; }
  blob::Store& blobs() { return *blobs_; }
  const std::filesystem::path& data_dir() const { return data_dir_; }

  // Verifies the database, every blob that something names, and each room's own promises.
  Result<std::vector<RoomFindings>> verify(const std::function<void(std::string_view room)>& starting);

 private:
  // What is opened before the rooms are built.
  struct Foundations {
    std::unique_ptr<operations::Meters> meters;
    Fd lock;
    std::unique_ptr<sql::Db> db;
    std::unique_ptr<Membership> membership;  // null on a database that no other server can share
    std::unique_ptr<blob::Store> blobs;
    std::unique_ptr<exec::Launcher> launcher;
    WebhookOptions webhooks;
    std::optional<Vault> vault;
  };
  House(Foundations foundations, const HouseOptions& options, const Clock& clock);
  static Result<Foundations> lay(const HouseOptions& options, const Clock& clock);
  std::vector<Duty*> duties();
  Result<void> furnish();
  json::Value http_statistics() const;

  class Deliveries;

  const std::filesystem::path data_dir_;
  const Clock& clock_;
  const std::unique_ptr<operations::Meters> meters_;
  const Fd lock_;
  const std::unique_ptr<sql::Db> db_;
  const std::unique_ptr<Membership> membership_;  // may be null
  const std::unique_ptr<blob::Store> blobs_;
  const std::unique_ptr<exec::Launcher> launcher_;
  const std::unique_ptr<query::Engine> engine_;
  const std::unique_ptr<infer::Runtime> runtime_;
  net::Hub hub_;
  Rooms rooms_;
  WebhookSender webhook_sender_;
  webhooks::Service webhooks_;
  NoticeCarrier notice_carrier_;
  notify::Service notices_;
  const std::unique_ptr<Deliveries> deliveries_;
  std::vector<std::unique_ptr<Leased>> leased_;  // duties of rooms, where they are shared
  WebhookDuty webhook_duty_;
  NoticeDuty notice_duty_;
  Heart heart_;
  const std::unique_ptr<rest::Rooms> rest_;
  const rest::Workspace workspace_;
  const std::unique_ptr<operations::Sources> operations_;
  net::Router router_;
  std::string host_, prefix_;
  std::unique_ptr<net::Server> server_;
  std::atomic<net::Server*> answering_ = nullptr;  // the same, for those whom it answers
};

}  // namespace gyre::app
