// How far things are: what the heart decides by and what people are told are the same figures. Inside policy/ only.
#pragma once

#include <span>

#include "policy/policy.h"

namespace gyre::policy {

constexpr std::size_t kMaxCases = 1000;  // of one policy, that triggers and budgets look back over

struct Labelled {
  std::int64_t days = 0;  // of which most rows have labels
  std::int64_t rows = 0;
};
Labelled labelled_in(std::span<const monitoring::LabelledWindow> windows);

// When the latest training began; 0: none did.
TimeMs last_trained(std::span<const Case> cases);
std::int64_t trained_since(std::span<const Case> cases, TimeMs from_ms);
// When the cool-down behind the newest of the ended cases is over; 0 where there is none.
TimeMs cool_down_end(const Definition& definition, std::span<const Case> ended);

// The version that answers most requests; 0: none does.
std::int64_t champion_of(const serving::Endpoint& endpoint);

// Where a roll-out is in its stage, and what speaks for and against it.
constexpr std::int64_t kLatencyRequests = 30;  // of each version; fewer say nothing of a 95th percentile
struct StageProgress {
  std::int64_t rows = 0, needed = 0, requests = 0, errors = 0;  // of the candidate in this stage
  std::vector<Check> checks;
};
StageProgress stage_progress(const Case& one, const Rollout& rollout, const serving::Status& status);
// Remembers where the counters stand as the stage begins.
void begin_stage(Case& one, const serving::Status& status);

// "10 % of requests".
std::string share_of_requests(double weight);
// "26 Nov 14:30"; UTC. What ends within a day is told with its time.
std::string moment_words(TimeMs at_ms);

}  // namespace gyre::policy
