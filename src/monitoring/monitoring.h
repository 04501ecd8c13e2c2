// Watching endpoints: profiles of inputs and outputs against the version's reference, late labels, quality realised and
// estimated, alerts.
#pragma once

#include <algorithm>
#include <limits>
#include <mutex>

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
  bool is_bad(double measured, double error) const {
    return above ? measured - margin_errors * error > *above : measured + margin_errors * error < below.value_or(-std::numeric_limits<double>::infinity());
  }
  bool is_clear(double measured) const { return above ? measured <= clear : measured >= clear; }
};

struct Definition {
  std::string endpoint, prediction, label;
  std::int64_t window_ms = kDayMs;
  std::int64_t min_labelled = 1000;
  double min_coverage = 0.5;  // of a window's rows; with fewer labels its quality says nothing yet
  std::int64_t min_rows = 500;
  std::int64_t label_horizon_ms = 30 * kDayMs;  // labels later than this are kept, but not joined
  std::vector<Rule> rules;
  std::vector<std::string> except;  // columns that are not watched: those that must differ from the reference in every window
  bool leaves_out(std::string_view column) const { return std::ranges::find(except, column) != except.end(); }
};
Result<Definition> read_definition(const json::Value& value);

std::string metric_words(std::string_view metric);      // "log loss"
std::string_view metric_unit(std::string_view metric);  // "share" or "none"
std::string signal_words(const Rule& rule);             // "share of slot_density = 0"
std::string rule_words(const Rule& rule);               // "share of slot_density = 0 above .06, 1 of 1 windows"

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

// One version in one window.
struct VersionQuality {
  std::int64_t version = 0;
  std::string role;  // primary, shadow (no labels are joined to it), or counterfactual (it answered nothing, and was measured afterwards)
  std::int64_t rows = 0;
  Quality estimated;
  Quality realised;  // n = labelled rows
};

struct Window {
  TimeMs from_ms = 0, to_ms = 0;
  std::int64_t version = 0;  // primary version with most rows
  std::int64_t rows = 0;
  std::vector<ColumnDrift> columns;
  Quality estimated;
  std::int64_t labelled = 0;             // of its rows
  Quality realised;                      // n = labelled
  bool labels_complete = false;          // no more are expected: all are there, or those of a later window have come
  std::vector<VersionQuality> versions;  // all that scored in it; the figures above are those of `version`
};

// What a rule looks at in one window.
struct Measured {
  double value = 0;
  std::int64_t n = 0;
  bool few = false;  // fewer rows than the rule or the monitor asks for: it does not count
  double error = 0;  // standard error of the value; 0 where it is not known
};
// Nothing: the window does not say.
std::optional<Measured> measured(const Rule& rule, const Definition& definition, const Window& window);

struct Alert {
  std::string id, monitor, rule, state;  // open resolved
  std::string severity, metric, column;
  TimeMs onset_ms = 0, opened_ms = 0, resolved_ms = 0;
  double value = 0, limit = 0;
  std::int64_t n = 0, version = 0;
  TimeMs acknowledged_ms = 0;  // 0: nobody has
  std::string acknowledged_by;
  TimeMs muted_until_ms = 0;                       // 0: not muted
  bool is_above() const { return value > limit; }  // which side of its limit is bad
};

struct RuleState {
  Rule rule;
  std::string state = "ok";  // ok pending open nodata
  std::optional<double> value;
  std::int64_t n = 0;
  TimeMs at_ms = 0, since_ms = 0;
  std::string alert;
};

// One column over a range, for the version that scored most of it: profiles of versions with other bins do not add up.
struct Distribution {
  TimeMs from_ms = 0, to_ms = 0;
  std::int64_t version = 0;
  std::int64_t other_rows = 0;  // of the range, scored by other versions
  bool output = false;
  Layout layout;
  std::optional<Profile> reference;
  Profile current;
};

struct Summary {
  std::int64_t predictions = 0, labelled = 0;
  TimeMs first_ms = 0, last_ms = 0;            // of what was logged; 0: nothing
  TimeMs labelled_through_ms = 0;              // end of the newest window that counts as labelled
  std::optional<std::int64_t> label_delay_ms;  // median over labels, of their batches' means
};

// What a version held out, as it was scored.
struct ReferenceFacts {
  std::int64_t rows = 0;
  Quality quality;
};

// Known of each version: how its columns are binned, and what they looked like in its held-out period.
struct Reference {
  std::map<std::string, Layout> layouts;
  std::map<std::string, Profile> profiles;
  std::map<std::string, bool> outputs;  // column -> whether it is an output
  ScoreSketch labelled;
  Calibration calibration;
};

// Rows whose label is known, for gates. Columns are named as the model's inputs.
struct LabelledRows {
  serving::Batch inputs;
  std::vector<TimeMs> at_ms;
  std::vector<std::int64_t> version;
  std::vector<double> score;  // as served
  std::vector<bool> label;
};

constexpr double kLabelledShare = 0.5;  // of a window's rows, for it to count as labelled
struct LabelledWindow {
  TimeMs from_ms = 0;
  std::int64_t rows = 0, labelled = 0;
};

struct LabelBatch {
  std::vector<std::string> ids;
  std::vector<bool> labels;
  std::string key;        // the same key again changes nothing
  bool corrects = false;  // these labels count instead of earlier ones of the same ids; otherwise the first of an id counts
};
constexpr std::size_t kMaxLabelBatch = 50'000;
constexpr std::int64_t kMaxWindows = 2000;  // that one read gives

struct LabelBatchRow;

// Thread-safe.
class Service final : public Duty {
 public:
  Service(sql::Db& db, blob::Store& blobs, const Clock& clock, registry::Service& registry, serving::Service& serving, query::Engine& engine,
          std::filesystem::path folder)
      : db_(db), blobs_(blobs), clock_(clock), registry_(registry), serving_(serving), engine_(engine), folder_(std::move(folder)) {}

  // What was measured stays where it still means something: another window, prediction, label, watched or left-out value has all of it
  // measured again from the log, other limits count from the next window on.
  Result<Monitor> apply(std::string_view name, const json::Value& definition, std::string_view actor);
  Result<std::vector<Monitor>> list();
  Result<Monitor> monitor(std::string_view name);
  Result<std::optional<Monitor>> monitor_of(std::string_view endpoint);

  // Profiles, windows and qualities once more from the log and the labels, by run_due; alerts stay as they are.
  Result<void> rebuild(std::string_view monitor, std::string_view actor);

  // Durable when it returns; joined by run_due. How many of them say something new: of a key that was there before none, else
  // those of ids without a label (corrections: without that label) in the newest 200 batches.
  Result<std::int64_t> put_labels(std::string_view endpoint, const LabelBatch& batch);

  // What a version that did not answer a window's rows would have been worth on them, measured by somebody else.
  Result<void> put_counterfactual(std::string_view monitor, std::int64_t version, TimeMs window_from_ms, const Quality& quality);

  // Closed windows, oldest first, at most kMaxWindows (the newest of the range).
  Result<std::vector<Window>> windows(std::string_view monitor, TimeMs from_ms, TimeMs to_ms);
  // The range is widened to whole windows; the one that is still filling counts too.
  Result<Distribution> distribution(std::string_view monitor, std::string_view column, TimeMs from_ms, TimeMs to_ms);
  Result<Summary> summary(std::string_view monitor);
  // Of a version with reference evidence; nothing for one without.
  Result<std::optional<ReferenceFacts>> reference_facts(std::string_view monitor, std::int64_t version);
  Result<std::vector<RuleState>> rules(std::string_view monitor);
  // Open ones first, then newest first; "" for any monitor or state.
  Result<std::vector<Alert>> alerts(std::string_view monitor, std::string_view state, std::size_t limit, std::size_t offset = 0);
  Result<std::int64_t> count_alerts(std::string_view monitor, std::string_view state);
  // Those that opened or were resolved in [from, to); "" for all monitors. The latest opened first.
  Result<std::vector<Alert>> alerts_between(std::string_view monitor, TimeMs from_ms, TimeMs to_ms, std::size_t limit);
  Result<Alert> alert(std::string_view id);
  Result<void> acknowledge(std::string_view id, bool acknowledged, std::string_view actor);
  // Until then nobody is to be bothered with it; 0 takes it back. It stays open and policies see it.
  Result<void> mute(std::string_view id, TimeMs until_ms, std::string_view actor);

  Result<std::vector<LabelledWindow>> labelled_windows(std::string_view endpoint, TimeMs from_ms);
  // Labelled primary predictions of [from, to), at most `limit`, in order of time.
  Result<LabelledRows> labelled_rows(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms, std::size_t limit);
  // Rows of a version's reference evidence, in the same shape.
  Result<LabelledRows> reference_rows(std::string_view model, std::int64_t version, const Definition& definition);

  Result<Figures> figures();

  std::string_view name() const override { return "monitoring"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  // The position in the log is not ahead of it, windows add up to the minutes that they are of, labels are there, open alerts
  // belong to open rules.
  Result<Findings> verify();

 private:
  Result<void> check_left_out(const Definition& definition);
  Result<Reference> make_reference(const Monitor& monitor, const std::string& model, std::int64_t version, const std::string& sha256);
  Result<std::shared_ptr<const Reference>> reference(const Monitor& monitor, std::string_view model, std::int64_t version);
  void forget_references(std::string_view monitor);
  Result<bool> run_one(const Monitor& monitor, TimeMs now_ms, DutyState& state);
  Result<bool> consume(const Monitor& monitor);
  Result<bool> join(const Monitor& monitor, TimeMs now_ms, DutyState& state);
  Result<void> sketch_window(const Monitor& monitor, TimeMs from_ms, std::span<const LabelBatchRow> counted,
                             std::map<std::pair<TimeMs, std::int64_t>, ScoreSketch>& sketches);
  struct Closing;
  Result<bool> close_windows(const Monitor& monitor, TimeMs now_ms, DutyState& state);
  Result<Closing> measure_window(const Monitor& monitor, const std::string& model, TimeMs from_ms, TimeMs to_ms);
  Result<void> store_window(sql::Tx& tx, const Monitor& monitor, const std::string& model, const Closing& window, TimeMs now_ms);
  Result<bool> judge(const Monitor& monitor, TimeMs now_ms);
  Result<bool> judge_rule(const Monitor& monitor, const Rule& rule, TimeMs now_ms);
  Result<void> check_minutes(const Monitor& monitor, Findings& findings);
  Result<void> check_labels(const Monitor& monitor, Findings& findings);
  Result<void> check_alerts(const Monitor& monitor, Findings& findings);
  // A subquery over labelled primary predictions of [from, to), or nothing where there are none; by all labels, or those counted.
  Result<std::string> labelled_relation(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms);
  Result<std::string> labelled_relation(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms, std::span<const LabelBatchRow> counted);

  sql::Db& db_;
  blob::Store& blobs_;
  const Clock& clock_;
  registry::Service& registry_;
  serving::Service& serving_;
  query::Engine& engine_;
  const std::filesystem::path folder_;
  Guarded<std::map<std::string, std::shared_ptr<const Reference>>> references_;  // by "<monitor>/<model>@<version>"
  std::mutex measuring_;                                                         // while a monitor measures, its measures are not begun again
  std::map<std::string, TimeMs, std::less<>> rests_until_ms_;                    // from joining, by monitor; under measuring_
  std::mutex taking_labels_;                                                     // one batch at a time, so that each is told rightly what it brought
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::monitoring
