// What people do with runs: ask one to stop, put it aside, name it, tag it; and how one tells that it lives.
//
// A request to stop is recorded and told; the run itself, or who runs it, obeys. What programs without knowledge of Gyre should see of a
// run stands in its tags (below), which MLflow's protocol carries and the filter language finds.
#pragma once

#include "base/duty.h"
#include "base/json.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

constexpr std::string_view kStopTag = "gyre.stop";          // the reason, while a request to stop stands
constexpr std::string_view kSilentTag = "gyre.silent";      // since when nothing was heard of it, ISO 8601, while that lasts
constexpr std::string_view kArchivedTag = "gyre.archived";  // since when it is put aside, ISO 8601
constexpr std::string_view kNoteTag = "mlflow.note.content";

// Views of runs (Search::view) beside MLflow's three. ACTIVE_ONLY leaves archived runs out.
constexpr std::string_view kNotDeleted = "NOT_DELETED", kArchivedOnly = "ARCHIVED_ONLY";

// A request to stop. `rev` 0: there never was one; it grows with each change.
struct StopSignal {
  bool stop = false;
  std::string reason, by;
  TimeMs at_ms = 0;
  std::int64_t rev = 0;
};

struct Heartbeat {
  std::int64_t every_ms = 0;
  TimeMs last_ms = 0;    // that something was heard of it
  TimeMs silent_ms = 0;  // since when it is silent; 0: it is not
};

// How a run stands, beside MLflow's status.
struct RunStanding {
  std::string state;  // scheduled running stopping silent finished crashed killed
  TimeMs archived_ms = 0;
  StopSignal signal;
  std::optional<Heartbeat> heartbeat;
};

// Of one run; what is absent stays as it is.
struct RunChange {
  std::optional<std::string> name, note;
  std::map<std::string, std::optional<std::string>> tags = {};  // nothing: it is taken away
};

enum class BulkAction { archive, restore, tag, untag, stop, resume };

struct BulkOrder {
  std::vector<std::string> runs;  // ids; or, where there are none, those that `select` finds
  std::optional<Search> select;
  BulkAction action = BulkAction::archive;
  std::map<std::string, std::string> tags = {};  // to put on
  std::vector<std::string> keys = {};            // of tags to take away
  std::string reason = {};                       // of a stop
};

// A later order that takes a part of this one back.
struct BulkUndo {
  BulkAction action = BulkAction::archive;
  std::vector<std::string> runs;
  std::map<std::string, std::string> tags;
  std::vector<std::string> keys;
};

struct BulkOutcome {
  std::int64_t matched = 0, changed = 0;
  struct Skipped {
    std::string id, why;
  };
  std::vector<Skipped> skipped;  // at most kMaxSkippedTold
  std::int64_t skipped_total = 0;
  bool more = false;  // the search found more than one call takes
  std::vector<BulkUndo> undo;
};

constexpr std::size_t kMaxBulkRuns = 10'000, kMaxSkippedTold = 100, kMaxReasonCharacters = 1000, kMaxChangedTags = 100;
constexpr std::int64_t kLeastBeatMs = kSecondMs, kMostBeatMs = kDayMs, kMissedBeats = 3;

// Thread-safe: all state is in the database. Success means durable.
class Control {
 public:
  Control(sql::Db& db, const Clock& clock) : db_(db), clock_(clock) {}

  // Twice is once: the first who asked stays. `conflict` when the run has ended.
  Result<StopSignal> stop(std::string_view run_id, std::string_view reason, std::string_view actor);
  // Takes the request back while the run has not ended; nothing where none stands.
  Result<StopSignal> resume(std::string_view run_id, std::string_view actor);
  // One look-up by key: what a run asks each few seconds.
  Result<StopSignal> signal(std::string_view run_id);
  Result<RunStanding> standing(std::string_view run_id);

  // The change that takes this one back.
  Result<RunChange> change(std::string_view run_id, const RunChange& change, std::string_view actor);
  // A piece of kBulkPiece runs is done as a whole or not at all; what stands in the way of one run is told and holds up no other.
  Result<BulkOutcome> bulk(const BulkOrder& order, std::string_view actor);

  // From now on the run is silent when nothing was heard of it for kMissedBeats times `every_ms`. A beat costs no write while the last
  // one that was written is young.
  Result<Heartbeat> beat(std::string_view run_id, std::optional<std::int64_t> every_ms);

  static constexpr std::size_t kBulkPiece = 250;

 private:
  struct Target;
  Result<std::vector<std::string>> targets(const BulkOrder& order, BulkOutcome& outcome);
  Result<void> act(sql::Tx& tx, const BulkOrder& order, const std::string& run_id, std::string_view actor, BulkOutcome& outcome);

  sql::Db& db_;
  const Clock& clock_;
};

// For other rooms, in transactions of their own.
struct RunBrief {
  std::string id, experiment_id, name, status, lifecycle;
  bool goes_on() const { return lifecycle == "active" && (status == "RUNNING" || status == "SCHEDULED"); }
};
Result<std::optional<RunBrief>> run_brief(sql::Tx& tx, std::string_view run_id);
// As Control::stop; nothing where the run has ended.
Result<void> ask_to_stop(sql::Tx& tx, std::string_view run_id, std::string_view reason, std::string_view actor, TimeMs now_ms);

// A word of the protocol and its action.
Result<BulkAction> parse_bulk_action(std::string_view word);
std::string_view to_string(BulkAction action);

}  // namespace gyre::tracking
