// Shapes of rows and bodies that several files here share. Inside monitoring/ only.
#pragma once

#include "base/decode.h"
#include "monitoring/monitoring.h"

namespace gyre::monitoring {

BOOST_DESCRIBE_STRUCT(ColumnDrift, (), (column, output, category, n, measures))
BOOST_DESCRIBE_STRUCT(Quality, (), (n, rate, auc, log_loss, skill, brier, ece, auc_error, log_loss_error, brier_error))

struct WindowBody {
  std::vector<ColumnDrift> columns;
  Quality estimated;
};
BOOST_DESCRIBE_STRUCT(WindowBody, (), (columns, estimated))

std::string encode_counts(const std::vector<std::int64_t>& counts);
std::vector<std::int64_t> decode_counts(std::string_view bytes);

// "input" or "output"; "" for what the model neither takes nor gives.
std::string role_of(const std::vector<serving::ModelColumn>& ports, std::string_view name);

Result<Alert> select_alert(sql::Tx& tx, std::string_view id);

// A version's reference as it was made of its evidence; nothing when it was not, or of other rows.
Result<std::optional<Reference>> load_reference(sql::Db& db, std::string_view monitor, std::int64_t version, std::string_view made_of);
Result<void> save_reference(sql::Db& db, std::string_view monitor, std::int64_t version, std::string_view made_of, const Reference& reference);

// The minutes of [from, to) added up.
struct Merged {
  std::int64_t rows = 0;
  std::map<std::string, Profile> profiles;
  std::vector<std::int64_t> scores = std::vector<std::int64_t>(kScoreBins, 0);
};
using Answering = std::pair<std::int64_t, std::string>;  // version, role
Result<std::map<Answering, Merged>> merged_minutes(sql::Tx& tx, std::string_view monitor, TimeMs from_ms, TimeMs to_ms);

// Forgets what was measured, so that run_due measures it again.
Result<void> begin_again(sql::Tx& tx, std::string_view monitor);

// Forgets the state of rules that are gone or look at something else now; their open alerts are resolved.
Result<void> drop_rules(sql::Tx& tx, const Monitor& before, const Definition& now, TimeMs now_ms);

// Those of the versions that answered.
std::vector<serving::LogFile> primaries(std::vector<serving::LogFile> files);
// ['a', 'b'] for read_parquet.
std::string file_list(const std::vector<serving::LogFile>& files);

// End of the newest window that counts as labelled; 0: none does.
Result<TimeMs> labelled_through(sql::Tx& tx, std::string_view monitor);

}  // namespace gyre::monitoring
