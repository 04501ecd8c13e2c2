// What the parts of genai share. Inside genai/ only.
#pragma once

#include "genai/genai.h"
#include "storage/sql/lists.h"

namespace gyre::genai {

constexpr std::string_view kUserTag = "mlflow.user";

Result<std::int64_t> experiment_number(std::string_view id);
// Whether an experiment is there at all, deleted or not.
Result<void> check_experiment(sql::Tx& tx, std::int64_t experiment, std::string_view id);
// 1 to `most` characters, and none of them NUL, which PostgreSQL does not hold.
Result<void> check_text(std::string_view what, std::string_view text, std::size_t most);
Result<void> check_page(std::int64_t limit, std::int64_t most);

// `not_found`, in MLflow's words, when it is not there.
Result<Dataset> get_dataset(sql::Tx& tx, std::string_view id);
// A digest of the name and the time: whatever changes gives another one.
std::string digest_of(std::string_view name, TimeMs at_ms);

}  // namespace gyre::genai
