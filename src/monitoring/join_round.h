// One round of joining labels: which batches look through which files of the log, and what they find. Inside monitoring/ only.
#pragma once

#include <set>

#include "monitoring/label_files.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {

struct LookingBatch {
  std::int64_t seq = 0, row_count = 0;
  TimeMs at_ms = 0;
  std::int64_t matched = 0;
  std::optional<std::int64_t> looked_to;  // it has looked through the segments of the log before this one; nothing: it is new
};

struct Found {
  std::int64_t rows = 0, open = 0;  // open: of the rows, those that will be found again when they are sealed
  std::int64_t at_sum_ms = 0;       // of their predictions, behind the horizon
};

// A labelled prediction that is counted in no window yet.
struct Seen {
  TimeMs window_ms = 0;
  std::int64_t version = 0;
  double score = 0;
  bool label = false;
};

constexpr std::int64_t kMaxRoundLabels = 500'000;  // the other batches wait for the next round
constexpr std::size_t kMaxSeen = 2'000'000;        // windows of more are computed from scratch

struct JoinRound {
  TimeMs horizon_ms = 0;                 // predictions before it are not looked for
  std::int64_t sealed_to = 0;            // the segment behind the last sealed one
  std::vector<serving::LogFile> sealed;  // of the versions that answered
  std::vector<serving::LogFile> open;    // what the log has beside those
  std::vector<LookingBatch> looking;
  std::vector<LabelBatchRow> counted;  // all batches whose labels count when the round is over

  std::map<std::int64_t, Found> found;  // by batch
  std::set<TimeMs> from_scratch;        // windows
  std::vector<Seen> seen;               // of other windows, in order of window and version

  Result<void> look(query::Engine& engine, const std::filesystem::path& folder, const Definition& definition);

 private:
  struct Wanted {
    const std::vector<serving::LogFile>& files;
    const std::vector<std::filesystem::path>& labels;
  };
  Result<void> add_new(query::Engine& engine, const Definition& definition, const Wanted& wanted, const std::vector<std::filesystem::path>& all_labels);
  Result<void> look_anew(query::Engine& engine, const Definition& definition, const Wanted& wanted, bool open);
  bool is_new(std::int64_t batch) const;
  bool counts(std::int64_t batch, TimeMs window_ms) const;
};

// Nothing is looking when there is nothing to do.
Result<JoinRound> begin_round(sql::Db& db, serving::PredictionLog& log, const Monitor& monitor, TimeMs now_ms);

}  // namespace gyre::monitoring
