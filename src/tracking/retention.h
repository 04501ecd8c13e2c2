// What is deleted, how long it can be restored, and what is taken out for good.
//
// Deleting puts a run, an experiment or a logged model into the bin. There it stays for the undo window; then it is marked as
// purging, which nothing sees and nothing undoes, and its files, points and rows are taken out a bounded piece at a time. What
// somebody still needs is kept, and says why. docs/design/0007-retention.md.
#pragma once

#include <atomic>
#include <span>

#include "base/duty.h"
#include "tracking/quota.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

enum class Kind { run, model, experiment };
std::string_view to_string(Kind kind);  // "run", "logged-model", "experiment"
Result<Kind> parse_kind(std::string_view text);

// One thing that retention would take, as those who may need it are asked. What does not apply is empty.
struct Claim {
  std::string run_id, model_id, experiment_id;
  std::string files;  // where its files begin in the blob store
};
// Why a room still needs it ("late@3 is registered from it"), or nothing. Asked in the transaction that would take it.
using Guard = std::function<Result<std::optional<std::string>>(sql::Tx& tx, const Claim& claim)>;

struct BinItem {
  Kind kind = Kind::run;
  std::string id, name, experiment_id;
  TimeMs deleted_ms = 0, purge_ms = 0;  // purge_ms: when its undo window ends
  std::string kept;                     // why it is not purged then; empty: it is
};

// What of the bin is asked for; what is left out narrows nothing.
struct BinOf {
  std::optional<Kind> kind = std::nullopt;
  std::string experiment_id = {};  // itself and what lies in it
  std::string id = {};
};

struct Bin {
  std::int64_t total = 0;
  std::vector<BinItem> items;  // the oldest first
  std::int64_t next_offset = -1;
};

// Something of the bin: one thing, or everything.
struct Selection {
  std::optional<Kind> kind = std::nullopt;  // nothing: all there is
  std::string id = {};
};

// What came back of the bin together.
struct Restored {
  std::int64_t runs = 0, models = 0, experiments = 0;  // runs and models beside those that come with their experiment or run
  bool more = false;                                   // there was more than kMaxOrdered: ask again
};

struct Kept {
  Kind kind = Kind::run;
  std::string id, why;
};
struct PurgeOrder {
  std::int64_t runs = 0, models = 0, experiments = 0;  // that are taken out from now on
  std::vector<Kept> kept;                              // at most kMaxKept
  std::int64_t kept_total = 0;
  bool more = false;  // so many were asked for that it needs to be asked again
};

// Which runs go into the bin by themselves. Those that are active, not running and in no way kept, that match the filter and ended
// so long ago; but of each experiment the latest and the best of those that match stay, and all of them where none has the metric.
struct Rule {
  std::string name, experiment_id;  // experiment_id "": of all
  std::string filter;               // the language of searches: "status = 'FAILED' AND duration < '60s'"
  std::int64_t older_than_ms = 0, keep_latest = 0, keep_best = 0;
  std::string metric;   // what is best by it
  bool lowest = false;  // whether the least is
};

struct StoredRule {
  Rule rule;
  TimeMs changed_ms = 0;
  std::optional<TimeMs> applied_ms;  // when it last put something in
  std::int64_t binned = 0;           // runs, since it was made
};

struct PlannedRun {
  std::string id, name, experiment_id, status;
  TimeMs ended_ms = 0;
  std::int64_t points = 0, bytes = 0;
};

// What a rule would do now.
struct Plan {
  std::int64_t runs = 0, models = 0, points = 0, bytes = 0;
  std::vector<PlannedRun> first;  // of them, at most kMaxTold
  std::vector<Kept> kept;         // at most kMaxKept
  std::int64_t kept_total = 0;
  bool more = false;  // there are more than kMaxPlanned: the figures are of so many
};

// Thread-safe; run_due by one thread.
class Retention final : public Duty {
 public:
  Retention(sql::Db& db, blob::Store& blobs, const Clock& clock);
  ~Retention() override;

  // Both before the first call of anything else. Uploads that are not finished count in quotas where somebody tells of them.
  void set_under_way(std::function<Result<UnderWay>()> under_way) { under_way_ = std::move(under_way); }
  void add_guard(Guard guard) { guards_.push_back(std::move(guard)); }

  Result<TimeMs> undo_window_ms();
  Result<void> set_undo_window(TimeMs window_ms, std::string_view actor);

  Result<Bin> bin(std::int64_t limit, std::int64_t offset, const BinOf& of = {});
  Result<void> restore(Kind kind, std::string_view id, std::string_view actor);
  Result<Restored> restore_all(std::string_view actor);
  // The runs that a rule of that name put in from a time on, be it there or not, and that nobody restored since; their models with them.
  Result<Restored> restore_of_rule(std::string_view rule, std::string_view actor, TimeMs since_ms = 0);
  // Ends the undo window of what is in the bin. What is still running or needed stays; of one thing that was named, that is `conflict`.
  Result<PurgeOrder> purge(const Selection& what, std::string_view actor);

  Result<std::vector<StoredRule>> rules();
  // Makes it, or changes the one of that name; what it says is done from now on, the time that is returned. A rule that would take
  // everything is refused.
  Result<TimeMs> set_rule(const Rule& rule, std::string_view actor);
  Result<void> remove_rule(std::string_view name, std::string_view actor);
  Result<Plan> plan(const Rule& rule);

  // The one of all experiments first, each with its use as it was last counted.
  Result<std::vector<StoredQuota>> quotas();
  // Makes it, or changes the one of that experiment, from the time on that is returned; it is counted at once, and then again and again.
  Result<TimeMs> set_quota(const Quota& quota, std::string_view actor);
  Result<void> remove_quota(std::string_view experiment_id, std::string_view actor);  // "": the one of all

  std::string_view name() const override { return "retention"; }
  Result<DutyState> run_due(TimeMs now_ms) override;
  Result<Figures> figures();

  static constexpr TimeMs kDefaultWindowMs = 30 * kDayMs, kMaxWindowMs = 3650 * kDayMs;
  static constexpr TimeMs kLookEveryMs = kMinuteMs;     // how late a window may end
  static constexpr std::int64_t kSliceNs = 50'000'000;  // of work in one call of run_due
  static constexpr std::int64_t kMaxOrdered = 10'000;   // of one purge() or restore_all()
  static constexpr std::size_t kMaxKept = 20;           // told by one purge() or plan()
  static constexpr TimeMs kApplyEveryMs = 10 * kMinuteMs;
  static constexpr std::int64_t kMaxRules = 100, kMaxPlanned = 5000;
  static constexpr std::int64_t kMaxABeat = 512;  // runs that a rule takes in one call of run_due
  static constexpr std::size_t kMaxTold = 100;
  static constexpr std::int64_t kMaxQuotas = 1000;
  static constexpr TimeMs kCountEveryMs = kMinuteMs;
  static constexpr std::int64_t kCountRest = 20;  // times as long as a count took is none

 private:
  struct Due;
  struct Ending;
  struct Marks;
  struct Binner;
  struct Candidate;
  struct ModelFiles;
  struct Counting;
  Result<std::optional<std::string>> why_kept(sql::Tx& tx, const Claim& claim);
  Result<std::optional<std::string>> why_run_kept(sql::Tx& tx, const Due& due, const Ending& ending);
  Result<Marks> mark_page(sql::Tx& tx, Kind kind, const Ending& ending, const Marks& before);
  Result<std::optional<std::string>> take(sql::Tx& tx, Kind kind, const Due& due, const Ending& ending);
  Result<PurgeOrder> mark_all(Kind kind, const Ending& ending);
  Result<std::optional<std::string>> end_models(sql::Tx& tx, const Due& experiment);
  Result<std::optional<std::string>> take_experiment(sql::Tx& tx, const Due& due);
  Result<std::int64_t> end_experiments(const Ending& ending);
  Result<void> check_in_bin(sql::Tx& tx, Kind kind, std::string_view id);
  Result<void> look(TimeMs now_ms);
  Result<void> check_rule(const Rule& rule);
  Result<std::vector<Candidate>> candidates(const Rule& rule, std::string_view after, std::int64_t limit);
  Result<void> note_binned(sql::Tx& tx, const Binner& by, std::int64_t count, TimeMs now_ms);
  Result<std::int64_t> bin_some(const Binner& by, std::span<const Candidate> some);
  Result<std::optional<std::string>> why_candidate_kept(sql::Tx& tx, const Candidate& candidate);
  Result<std::vector<ModelFiles>> models_that_go(sql::Tx& tx, std::string_view run_id);
  Result<std::int64_t> bin_models(sql::Tx& tx, std::string_view run_id, TimeMs now_ms);
  Result<void> plan_one(sql::Tx& tx, const Candidate& candidate, Plan& plan);
  Result<bool> apply(const StoredRule& stored);
  Result<bool> apply_rules(TimeMs now_ms);
  Result<void> begin_counts();
  Result<bool> count_some(TimeMs now_ms);
  Result<bool> count_quotas(TimeMs now_ms);
  Result<void> weigh(const Candidate& candidate);
  Result<bool> bin_chosen();
  Result<bool> bin_oldest();
  Result<std::optional<TimeMs>> next_end(TimeMs now_ms);
  struct Returning;
  struct Weighed;
  Result<std::vector<Weighed>> weigh_page(const Returning& what);
  Result<std::int64_t> restore_page(const Returning& what);

  sql::Db& db_;
  blob::Store& blobs_;
  const Clock& clock_;
  std::vector<Guard> guards_;
  std::function<Result<UnderWay>()> under_way_;
  std::atomic<bool> purging_ = true;   // there may be marks; at first nobody knows
  bool cut_ = false;                   // the last slice ended before all that is marked was out
  std::atomic<bool> hurried_ = false;  // somebody changed what a look goes by
  std::atomic<bool> quotas_changed_ = false;
  std::optional<TimeMs> looked_ms_, next_ms_, applied_ms_;
  const std::unique_ptr<Counting> counting_;
};

}  // namespace gyre::tracking
