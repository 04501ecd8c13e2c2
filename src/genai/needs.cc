#include "genai/needs.h"

#include <fmt/format.h>

#include <utility>

namespace gyre::genai {
namespace {

struct One {
  std::int64_t one;
};

constexpr std::pair<std::string_view, std::string_view> kOfExperiments[] = {
    {"eval_dataset_experiments", "it has evaluation data sets"}, {"scorers", "it has scorers"}, {"issues", "it has issues"}};

}  // namespace

Result<std::optional<std::string>> needs(sql::Tx& tx, const tracking::Claim& claim) {
  if (claim.experiment_id.empty()) return std::nullopt;
  for (const auto& [table, why] : kOfExperiments) {
    if (TRY(tx.select_one<One>(fmt::format("SELECT 1 FROM {} WHERE experiment_id = CAST($1 AS BIGINT) LIMIT 1", table), claim.experiment_id)))
      return std::string(why);
  }
  return std::nullopt;
}

}  // namespace gyre::genai
