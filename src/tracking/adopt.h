// Takes experiments, runs, points and logged models as they are: ids, times and lifecycles kept, for what was kept elsewhere before. What is there already
// is compared and never overwritten. Whatever is taken twice is there once, so a move that was cut goes on by being done again.
#pragma once

#include <span>

#include "tracking/tracking.h"

namespace gyre::tracking {

// Of one kind of thing.
struct Taken {
  std::int64_t added = 0, there = 0, differs = 0;  // differs: something else stands in its place, and stays
  std::int64_t sum() const { return added + there + differs; }
};

struct Difference {
  std::string what, why;  // "run 0a1b…: parameter 'lr'", "is 0.1 here and 0.2 there"
};

// What became of what was given: by kind ("runs", "params", "tags", "points", ...).
struct Adopted {
  std::map<std::string, Taken, std::less<>> kinds;
  std::vector<Difference> differences;  // the first kMaxDifferences
  std::vector<std::string> refused;     // ids of runs and models that are something else here: nothing of them was taken
  void note(std::string what, std::string why);
  void add(const Adopted& other);
};
constexpr std::size_t kMaxDifferences = 1000;

struct AdoptedModel {
  LoggedModel model;  // all points of its metrics, not only the latest
  bool deleted = false;
};

struct AdoptedPoint {
  std::int64_t step = 0;
  TimeMs at_ms = 0;
  double value = 0;
  double fraction = 0;  // of the step, as in Step
};

struct AdoptedSeries {
  std::string run_id, key;
  std::vector<AdoptedPoint> points;
};

// Thread-safe; who adopts one run from two sides at once may be told `conflict`, and tries again.
class Adoption {
 public:
  Adoption(sql::Db& db, const Clock& clock);
  ~Adoption();

  // The id that the experiment has here (one that is no number is none): its own where that is free, or names the same experiment; that of the experiment of
  // its name where there is one; else a new one. `conflict` where the one of that name is in the bin and this one is not.
  Result<std::string> experiment(const Experiment& experiment, Adopted& adopted);
  // Their experiments are there; their metrics are not looked at, for they follow from the points. A run that is there is the same when it belongs to the
  // same experiment and started at the same time; what it lacks is added. One that was deleted comes into the bin now: its time there begins anew.
  Result<void> runs(std::span<const Run> runs, Adopted& adopted);
  // Of runs that are there. Points that are there are not added again.
  Result<void> points(std::span<const AdoptedSeries> series, Adopted& adopted);
  Result<void> logged_models(std::span<const AdoptedModel> models, Adopted& adopted);

  // All points of a run as they are kept, a piece of a series at a time.
  // `not_found` where there is no such run.
  using OnPoints = std::function<void(std::string_view key, std::span<const AdoptedPoint> points)>;
  Result<void> each_point(std::string_view run_id, const OnPoints& on_points);
  // A logged model with all points of its metrics, deleted or not; nothing where there is none.
  Result<std::optional<AdoptedModel>> model(std::string_view id);

 private:
  struct Parts;
  sql::Db& db_;
  const Clock& clock_;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace gyre::tracking
