// Runs that go on from a step of another one, or of themselves.
//
// A fork is a run of its own: parameters, tags and data sets are the parent's at once, points up to the step come in bounded pieces in the
// background. A rewind leaves the run its name and id and takes its points back to the step; all that was there is an archived run of its
// own from the same moment on. Nothing is lost, and nothing is copied twice: a piece and the note of how far it went are one transaction.
#pragma once

#include "base/duty.h"
#include "tracking/control.h"

namespace gyre::tracking {

class IdBlocks;

constexpr std::string_view kForkTag = "gyre.forkedFrom";      // "RUN@STEP"
constexpr std::string_view kRewoundTag = "gyre.rewoundFrom";  // of the archive of a rewind: "RUN@STEP"

struct ForkOrder {
  std::string name;  // "": the parent's with the step behind it
  std::string id;    // "": one is made
  Step step;         // the last one that is taken over
  std::string user;
};

// How far the points have come.
struct Copying {
  std::string state;  // copying done failed
  std::string source_id;
  Step step;
  std::int64_t points = 0;
  std::string trouble;
};

struct Forked {
  std::string run_id;   // the fork, or the run that was rewound
  std::string archive;  // of a rewind: the run that holds all that was there
};

// Thread-safe but for run_due, which is one thread's.
class Forks final : public Duty {
 public:
  // `tracking` reads what is copied.
  Forks(sql::Db& db, Service& tracking, const Clock& clock);
  ~Forks() override;

  // Asked twice with the same id, step and parent it answers the same fork; `conflict` when that id is another run's.
  Result<Forked> fork(std::string_view parent, const ForkOrder& order, std::string_view actor);
  // `conflict` while points of the run are on their way. The run is RUNNING afterwards.
  Result<Forked> rewind(std::string_view run_id, const Step& step, std::string_view actor);
  // Nothing for a run that is neither.
  Result<std::optional<Copying>> copying(std::string_view run_id);

  std::string_view name() const override { return "forks"; }
  // At most one piece a call.
  Result<DutyState> run_due(TimeMs now_ms) override;

  static constexpr std::int64_t kPiecePoints = 10'000, kPieceSeries = 256;  // of one piece

 private:
  struct Job;
  struct Piece;
  Result<Piece> read_piece(const Job& job);
  Result<void> read_series(const Job& job, const std::string& key, Piece& piece);
  Result<void> copy_piece(const Job& job);
  Result<void> write_piece(const Job& job, const Piece& piece);

  sql::Db& db_;
  Service& tracking_;
  const Clock& clock_;
  const std::unique_ptr<IdBlocks> ids_;
};

}  // namespace gyre::tracking
