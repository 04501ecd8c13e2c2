// Watching endpoints: profiles of inputs and outputs against the version's reference, late labels, quality realised and
// estimated, alerts.
#pragma once

#include "base/duty.h"
#include "monitoring/measures.h"
#include "monitoring/quality.h"
#include "serving/serving.h"
#include "storage/sql/outbox.h"

namespace gyre::monitoring {

struct Rule {
  std::string name, column, metric, severity = "warn";
  std::optional<double> value;  // for metric "share"
  std::optional<double> above, below;
  double clear = 0;
  int bad_windows = 1, of_windows = 1;
  std::int64_t min_rows = 1000;
  double margin_errors = 0;  // how many standard errors the value must be past the limit to be bad: with few rows it strays
  bool is_quality() const { return column.empty(); }
  double limit() const { return above.value_or(below.value_or(0)); }
  bool is_bad(double measured, double error) const { return above ? measured - margin_errors * error > *above : measured + margin_errors * error < below.value_or(-1e300); }
  bool is_clear(double measured) const { return above ? measured <= clear : measured >= clear; }
};

struct Definition {
  std::string endpoint, prediction, label;
  std::int64_t window_ms = kDayMs;
  std::int64_t min_labelled = 1000, min_rows = 500;
  std::int64_t label_horizon_ms = 30 * kDayMs;  // labels later than this are kept, but not joined
  std::vector<Rule> rules;
};
Result<Definition> read_definition(const json::Value& value);

struct Monitor {
  std::string name;
  Definition definition;
};

// One column in one window.
struct ColumnDrift {
  std::string column;
  bool output = false, category = false;
  std::int64_t n = 0;
  std::map<std::string, double> measures;  // js psi ks w1 chi2 missing unseen out_of_range share:<value>
};

struct Window {
  TimeMs from_ms = 0, to_ms = 0;
  std::int64_t version = 0;  // primary version with most rows
  std::int64_t rows = 0;
  std::vector<ColumnDrift> columns;
  Quality estimated;
  std::int64_t labelled = 0;  // of its rows
  Quality realised;           // n = labelled
};

struct Alert {
  std::string id, monitor, rule, state;  // open resolved
  std::string severity, metric, column;
  TimeMs onset_ms = 0, opened_ms = 0, resolved_ms = 0;
  double value = 0, limit = 0;
  std::int64_t n = 0, version = 0;
  bool acknowledged = false;
};

struct RuleState {
  Rule rule;
  std::string state = "ok";  // ok pending open nodata
  std::optional<double> value;
  std::int64_t n = 0;
  TimeMs at_ms = 0, since_ms = 0;
  std::string alert;
};

struct Distribution {
  Layout layout;
  std::optional<Profile> reference;
  Profile current;
};

// Rows whose label is known, for gates. Columns are named as the model's inputs.
struct LabelledRows {
  serving::Batch inputs;
  std::vector<TimeMs> at_ms;
  std::vector<std::int64_t> version;
  std::vector<double> score;  // as served
  std::vector<bool> label;
};

struct LabelledWindow {
  TimeMs from_ms = 0;
  std::int64_t rows = 0, labelled = 0;
};

struct LabelBatch {
  std::vector<std::string> ids;
  std::vector<bool> labels;
  std::string key;  // the same key again changes nothing
};
constexpr std::size_t kMaxLabelBatch = 50'000;

// Thread-safe.
class Service final : public Duty {
 public:
  Service(sql::Db& db, blob::Store& blobs, const Clock& clock, registry::Service& registry, serving::Service& serving, query::Engine& engine, std::filesystem::path folder)
      : db_(db), blobs_(blobs), clock_(clock), registry_(registry), serving_(serving), engine_(engine), folder_(std::move(folder)) {}

  Result<Monitor> apply(std::string_view name, const json::Value& definition, std::string_view actor);
  Result<std::vector<Monitor>> list();
  Result<Monitor> monitor(std::string_view name);
  Result<std::optional<Monitor>> monitor_of(std::string_view endpoint);

  // Durable when it returns; joined by run_due. The number of labels that were new.
  Result<std::int64_t> put_labels(std::string_view endpoint, const LabelBatch& batch);

  Result<std::vector<Window>> windows(std::string_view monitor, TimeMs from_ms, TimeMs to_ms);
  Result<Distribution> distribution(std::string_view monitor, std::string_view column, TimeMs from_ms, TimeMs to_ms);
  Result<std::vector<RuleState>> rules(std::string_view monitor);
  Result<std::vector<Alert>> alerts(std::string_view monitor, std::string_view state, std::size_t limit);  // "" for any; newest first
  // Those that opened or were resolved in [from, to); "" for all monitors. The latest opened first.
  Result<std::vector<Alert>> alerts_between(std::string_view monitor, TimeMs from_ms, TimeMs to_ms, std::size_t limit);
  Result<Alert> alert(std::string_view id);
  Result<void> acknowledge(std::string_view id, bool acknowledged, std::string_view actor);

  Result<std::vector<LabelledWindow>> labelled_windows(std::string_view endpoint, TimeMs from_ms);
  // Labelled primary predictions of [from, to), at most `limit`, in order of time.
  Result<LabelledRows> labelled_rows(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms, std::size_t limit);
  // Rows of a version's reference evidence, in the same shape.
  Result<LabelledRows> reference_rows(std::string_view model, std::int64_t version, const Definition& definition);

  Result<Figures> figures();

  std::string_view name() const override { return "monitoring"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

 private:
  struct Reference {
    std::map<std::string, Layout> layouts;
    std::map<std::string, Profile> profiles;
    std::map<std::string, bool> outputs;  // column -> whether it is an output
    Calibration calibration;
  };
  Result<std::shared_ptr<const Reference>> reference(const Monitor& monitor, std::string_view model, std::int64_t version);
  Result<bool> consume(const Monitor& monitor);
  Result<bool> join(const Monitor& monitor);
  Result<bool> close_windows(const Monitor& monitor, TimeMs now_ms, DutyState& state);
  Result<bool> judge(const Monitor& monitor, TimeMs now_ms);
  Result<bool> judge_rule(const Monitor& monitor, const Rule& rule, TimeMs now_ms);
  Result<std::string> labelled_relation(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms);

  sql::Db& db_;
  blob::Store& blobs_;
  const Clock& clock_;
  registry::Service& registry_;
  serving::Service& serving_;
  query::Engine& engine_;
  const std::filesystem::path folder_;
  Guarded<std::map<std::string, std::shared_ptr<const Reference>>> references_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::monitoring
