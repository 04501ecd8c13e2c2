// Endpoints: which model versions answer, and the log of what they answered.
#pragma once

#include <expected>
#include <memory>

#include "base/duty.h"
#include "infer/session_pool.h"
#include "query/query.h"
#include "registry/registry.h"
#include "serving/prediction_log.h"

namespace gyre::serving {

struct Config {
  std::string model;
  std::string id_column;                    // a column of the request that names each row; not given to the model
  std::string unknown_category = "reject";  // or "flag": scored all the same, counted
  bool strict_log = false;                  // fdatasync before the answer
};

struct Route {
  std::int64_t version = 0;
  double weight = 0;             // share of requests, of those with role "primary"
  std::string role = "primary";  // or "shadow": sees every request, answers none
  friend bool operator==(const Route&, const Route&) = default;
};

struct Revision {
  std::int64_t number = 0;
  std::vector<Route> routes;
  std::string reason, actor;
  TimeMs at_ms = 0;
  std::int64_t main_version() const;  // that answers most requests; 0: none does
  bool is_roll_back() const { return reason.starts_with("rolled back"); }
};

struct NamedRevision {
  std::string endpoint;
  Revision revision;
};

// Upper bounds of the latency histogram's buckets, in milliseconds.
inline constexpr std::array<double, 14> kLatencyBoundsMs = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000};

// Of requests that were logged, and of those that the model failed on. They go on where they were after a crash, since what
// was logged behind the last time they were kept is counted again from the log.
struct VersionCounters {
  std::int64_t version = 0;
  std::string role;
  std::int64_t requests = 0, rows = 0, errors = 0;  // requests: also those that failed
  std::array<std::int64_t, kLatencyBoundsMs.size() + 1> latency{};
  std::int64_t latency_ns = 0;                 // the sum of all requests'; kept with the totals only
  double latency_quantile_ms(double q) const;  // 0 without requests
  void add(const VersionCounters& other);
};

// What went through each version, in equal buckets of time.
struct VersionTraffic {
  std::int64_t version = 0;
  std::string role;
  std::vector<VersionCounters> buckets;
};
struct Traffic {
  TimeMs from_ms = 0;
  std::int64_t bucket_ms = 0;
  std::size_t buckets = 0;
  std::vector<VersionTraffic> versions;  // in order of version and role
};
constexpr std::size_t kMaxTrafficBuckets = 1200;

// A column that a model takes or gives.
struct ModelColumn {
  std::string name, role, type;  // role: input or output; type: as Open Inference Protocol says it
};

struct Endpoint {
  std::string name;
  Config config;
  std::optional<Revision> revision;  // nothing: not deployed yet
  TimeMs created_ms = 0;
};

struct Status {
  Endpoint endpoint;
  std::vector<VersionCounters> counters;                                 // of the versions that ever answered
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> refused;  // reason -> requests, rows
  std::map<std::string, std::int64_t> flagged;                           // column -> rows scored although it holds an unknown category
  std::int64_t repeated = 0;                                             // requests that came again: answered, neither logged nor counted twice
  std::string trouble;                                                   // why the revision is not loaded; "" when it is
};

// Rows to score, by column. Every tensor has the shape [rows, ...].
struct Batch {
  std::size_t rows = 0;
  std::vector<infer::Tensor> columns;
  std::vector<std::string> ids;  // from the id column; none: made of request id and row
};

// Why rows were not scored: nothing of the batch was.
struct BadCell {
  std::size_t row = 0;
  std::string column, value;
};
struct Refusal {
  Error error;
  std::string reason;          // "unknown category", "wrong type", "missing column", ...
  std::vector<BadCell> cells;  // at most kMaxBadCells, by row
  std::int64_t rows = 0;       // that are at fault, all of them; 0: the request as a whole
};
constexpr std::size_t kMaxBadCells = 20;
constexpr std::size_t kMaxBatchRows = 100'000;

struct Scored {
  std::int64_t version = 0, revision = 0;
  std::vector<infer::Tensor> outputs;
};

struct CallInfo {
  std::string request_id;
  std::string sticky_key = {};  // requests with the same key go to the same version; empty: the request id
  std::int64_t version = 0;     // one that answers requests; 0: as the weights say
};

struct Live;           // an endpoint as it stands in memory
struct Loaded;         // a revision with its sessions
struct LoadedVersion;  // one of its versions

// One request's way through an endpoint: the revision and the version that it began with are its own to the end, whatever is
// deployed meanwhile.
class Ticket {
 public:
  const infer::Signature& signature() const;
  const std::string& id_column() const;
  std::int64_t version() const;

 private:
  friend class Service;
  std::string endpoint_;
  CallInfo call_;
  std::shared_ptr<Live> live_;
  std::shared_ptr<const Loaded> loaded_;
  const LoadedVersion* version_ = nullptr;  // in loaded_
};

// What answers at present.
struct Shape {
  infer::Signature signature;
  std::string id_column;
  std::int64_t version = 0;
};

// Thread-safe. Swapping a revision never fails a request: those under way end on the one that they began with.
class Service final : public Duty {
 public:
  Service(sql::Db& db, const Clock& clock, registry::Service& registry, infer::Runtime& runtime, query::Engine& engine, std::filesystem::path folder)
      : db_(db),
        clock_(clock),
        registry_(registry),
        folder_(std::move(folder)),
        sessions_(runtime),
        log_(std::make_unique<PredictionLog>(folder_ / "log", engine)) {}

  // Loads what was deployed and recovers the logs. An endpoint whose model cannot be loaded is left out and tells why.
  Result<void> open();

  // A changed configuration counts from the next request on; the model of an endpoint that was deployed stays.
  Result<Endpoint> apply(std::string_view name, const json::Value& definition, std::string_view actor);
  Result<std::vector<Endpoint>> list();
  Result<Endpoint> endpoint(std::string_view name);
  Result<std::vector<Revision>> revisions(std::string_view name, std::size_t limit);  // newest first
  // Of [from, to), newest first; "" for all endpoints.
  Result<std::vector<NamedRevision>> revisions_between(std::string_view name, TimeMs from_ms, TimeMs to_ms, std::size_t limit);
  Result<Status> status(std::string_view name);
  // Of [from, to), in at most `buckets` buckets of a round length; `from` 0: from the first request to the day of the last.
  Result<Traffic> traffic(std::string_view name, TimeMs from_ms, TimeMs to_ms, std::size_t buckets);

  // Loads, checks by a warm-up, records, then swaps. Routes that are in force already make no new revision.
  Result<Revision> deploy(std::string_view name, const std::vector<Route>& routes, std::string_view reason, std::string_view actor);
  // The routes of the newest earlier revision in which another version than now answered all requests, as a new revision.
  Result<Revision> roll_back(std::string_view name, std::string_view reason, std::string_view actor);

  Result<Shape> shape(std::string_view name);
  // Which version this request goes to: ask first, decode by its signature, then score.
  Result<Ticket> admit(std::string_view name, CallInfo call);
  std::expected<Scored, Refusal> score(const Ticket& ticket, Batch batch);
  std::expected<Scored, Refusal> score(std::string_view name, Batch batch, const CallInfo& call);
  // Whether a request of few rows is answered in less time than it takes to hand it to another thread: a quick model, no
  // shadow, and no wait for the disk.
  bool is_quick(std::string_view name);
  // What the decoder refused; `score` counts its own refusals.
  void count_refusal(std::string_view name, const Refusal& refusal, std::size_t rows);

  // The same computation without traffic, log or counters: for gates and counterfactuals.
  Result<std::vector<infer::Tensor>> evaluate(std::string_view model, std::int64_t version, const Batch& batch);

  Result<infer::Signature> signature(std::string_view model, std::int64_t version);
  // What the signature says of columns; remembered, so that a page loads no model for it.
  Result<std::vector<ModelColumn>> columns(std::string_view model, std::int64_t version);
  // Rows that the endpoint takes, without ids; `unavailable` while it has no model.
  Result<Batch> example(std::string_view name);

  Result<Figures> figures();

  PredictionLog& log() { return *log_; }

  std::string_view name() const override { return "serving"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  // Every revision's versions exist and load, every frame and sealed file of the logs can be read.
  Result<Findings> verify();

 private:
  Result<std::shared_ptr<Live>> live(std::string_view name);
  Result<std::shared_ptr<const Loaded>> load(const Endpoint& endpoint, const Revision& revision);
  Result<std::shared_ptr<Live>> reopen(const Endpoint& endpoint);
  void reload(Live& live, const Endpoint& endpoint);
  Result<std::shared_ptr<const infer::Session>> session(std::string_view model, std::int64_t version);
  Result<void> keep_counters(std::string_view name, Live& live, TimeMs now_ms);

  sql::Db& db_;
  const Clock& clock_;
  registry::Service& registry_;
  const std::filesystem::path folder_;
  infer::SessionPool sessions_;
  std::unique_ptr<PredictionLog> log_;
  Guarded<std::map<std::string, std::shared_ptr<Live>, std::less<>>> live_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::serving
