// Takes out for good what is marked as purging, a bounded piece at a time. Inside tracking/ only.
//
// A mark is durable and nothing sees what bears it, so this may be killed anywhere and goes on with the next call. Files go first
// and the row that bears the mark last: as long as anything is left, there is a mark that leads to it.
#pragma once

#include "storage/blob/store.h"
#include "storage/sql/db.h"

namespace gyre::tracking {

constexpr std::int64_t kPurgedRows = 500;    // of one transaction
constexpr std::size_t kPurgedFiles = 32;     // of one listing; a store may sync its folder for each
constexpr std::int64_t kPurgedSeries = 100;  // whose chunks one transaction looks for

struct Purged {
  bool more = false;  // something is marked, or was until now
  std::int64_t runs = 0, models = 0, files = 0, bytes = 0;
};
// One piece: a listing of files, or a transaction.
Result<Purged> purge_some(sql::Db& db, blob::Store& blobs);

// Adds to what was purged since the beginning: "runs", "models", "experiments", "files", "bytes".
Result<void> count_purged(sql::Tx& tx, std::string_view name, std::int64_t amount);

// Where the files of a run or logged model stand in the store: the whole folder that bears its id; empty where they are not kept here, or not apart from
// others'.
std::string files_prefix(std::string_view artifact_uri, std::string_view id);
// Of what stands there; 0 below "".
Result<std::int64_t> bytes_below(blob::Store& blobs, const std::string& prefix);

// All that the run logged, as far as it is settled.
Result<std::int64_t> points_of_run(sql::Tx& tx, std::string_view run_id);

}  // namespace gyre::tracking
