// Evaluation datasets, scorers and issues: what GenAI applications are judged by. MLflow's semantics.
#pragma once

#include "traces/traces.h"

namespace gyre::genai {

using traces::Words;
using tracking::Page;
using tracking::Search;

struct Dataset {
  std::string id, name, digest;
  TimeMs created_ms = 0, updated_ms = 0;
  std::optional<std::string> created_by, updated_by;
  Words tags;
  std::optional<json::Value> schema;             // {"inputs": {"q": "string"}, "outputs": …, "expectations": …}; none before the first record
  std::int64_t records = 0;                      // how many
  std::vector<std::string> experiment_ids = {};  // where they were asked for
};

struct RecordSource {
  std::string type;  // UNSPECIFIED TRACE HUMAN DOCUMENT CODE
  json::Value data;
};

struct Record {
  std::string id, dataset_id;
  TimeMs created_ms = 0, updated_ms = 0;
  std::optional<std::string> created_by, updated_by;
  json::Value inputs;
  std::optional<json::Value> outputs, expectations;
  json::Value tags = json::Object{};
  std::optional<RecordSource> source;
  std::optional<std::string> source_id;
};

// A record as it is told. What it does not tell stays as it was; expectations and tags are laid over what is there.
struct RecordDraft {
  json::Value inputs = json::Object{};
  std::optional<json::Value> outputs;  // null: none from now on
  std::optional<json::Value> expectations, tags;
  std::optional<RecordSource> source;
};

struct Upserted {
  std::int64_t inserted = 0, updated = 0;
};

struct RecordPage {
  std::vector<Record> rows;
  std::int64_t next_after = -1;  // -1: that was all
};

struct Scorer {
  std::string experiment_id, name, id;
  std::int64_t version = 0;
  std::string serialized;  // JSON, the client's own
  TimeMs created_ms = 0;
};

// How a scorer is to judge new traces by itself.
struct OnlineConfig {
  std::string id, scorer_id, experiment_id;
  double sample_rate = 0;
  std::optional<std::string> filter;
};

struct Issue {
  std::string id, experiment_id, name, description;
  std::string status = "pending";       // pending rejected resolved
  std::optional<std::string> severity;  // not_an_issue low medium high
  std::vector<std::string> root_causes, categories;
  std::optional<std::string> source_run_id, created_by;
  TimeMs created_ms = 0, updated_ms = 0;
  std::optional<std::int64_t> traces;  // that have it, where that was asked for
};

struct IssueUpdate {
  std::optional<std::string> name, description, status, severity;
};

struct IssueSearch {
  std::optional<std::string> experiment_id;
  Search search;  // by filter, limit and offset
  bool count_traces = false;
};

struct Options {
  bool custom_scorers = false;  // whether scorers that are code may be registered; clients run them, the server never does
};

constexpr std::int64_t kMaxSearchResults = 50'000, kDefaultRecords = 1000, kMaxRecordsPerRead = 10'000;
constexpr std::size_t kMaxRecordsPerUpsert = 20'000, kMaxRecordIds = 10'000, kMaxExperiments = 1000;
constexpr std::size_t kMaxName = 255, kMaxTagValue = 5000, kMaxScorerBytes = 1 << 20, kMaxIssueBytes = 1 << 20;

// Thread-safe: all state is in the database. Success means durable.
class Service {
 public:
  Service(sql::Db& db, const Clock& clock, tracking::Service& tracking, traces::Service& traces, const Options& options)
      : db_(db), clock_(clock), tracking_(tracking), traces_(traces), options_(options) {}

  // Names need not be unique.
  Result<Dataset> create_dataset(std::string_view name, const std::vector<std::string>& experiment_ids, const Words& tags);
  Result<Dataset> dataset(std::string_view id);
  // With its records; one that is not there is no error.
  Result<void> delete_dataset(std::string_view id);
  // Of any experiment where none is named; the newest first where no order is.
  Result<Page<Dataset>> search_datasets(const Search& search);
  Result<void> set_dataset_tags(std::string_view id, const Words& tags);
  Result<void> delete_dataset_tag(std::string_view id, std::string_view key);
  Result<std::vector<std::string>> dataset_experiments(std::string_view id);
  Result<Dataset> add_experiments(std::string_view id, const std::vector<std::string>& experiment_ids);
  Result<Dataset> remove_experiments(std::string_view id, const std::vector<std::string>& experiment_ids);

  // All or nothing.
  Result<Upserted> upsert_records(std::string_view dataset_id, const std::vector<RecordDraft>& drafts);
  // In the order in which they came, behind `after`: those that arrive meanwhile make a page neither skip nor repeat one.
  Result<RecordPage> records(std::string_view dataset_id, std::int64_t limit, std::int64_t after);
  Result<std::int64_t> delete_records(std::string_view dataset_id, const std::vector<std::string>& ids);

  // The next version of that name; versions that were deleted leave their numbers.
  Result<Scorer> register_scorer(std::string_view experiment_id, std::string_view name, std::string_view serialized);
  // The newest version of each, by experiment and name; of all experiments that are there where none is named.
  Result<std::vector<Scorer>> scorers(const std::vector<std::string>& experiment_ids);
  Result<std::vector<Scorer>> scorers_of(std::string_view experiment_id);
  Result<std::vector<Scorer>> scorer_versions(std::string_view experiment_id, std::string_view name);
  Result<Scorer> scorer(std::string_view experiment_id, std::string_view name, std::optional<std::int64_t> version);
  Result<void> delete_scorer(std::string_view experiment_id, std::string_view name, std::optional<std::int64_t> version);
  Result<OnlineConfig> set_online_config(std::string_view experiment_id, std::string_view name, double sample_rate, const std::optional<std::string>& filter);
  Result<std::vector<OnlineConfig>> online_configs(const std::vector<std::string>& scorer_ids);

  Result<Issue> create_issue(const Issue& issue);
  Result<Issue> issue(std::string_view id);
  Result<Issue> update_issue(std::string_view id, const IssueUpdate& update);
  // The most severe first, then the newest.
  Result<Page<Issue>> search_issues(const IssueSearch& search);

  Result<Figures> figures();
  Result<Findings> verify();

 private:
  Result<std::int64_t> active_experiment(std::string_view id);

  sql::Db& db_;
  const Clock& clock_;
  tracking::Service& tracking_;
  traces::Service& traces_;
  const Options options_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::genai
