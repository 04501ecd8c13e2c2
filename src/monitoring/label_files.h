// Where the labels of an endpoint are. Inside monitoring/ only.
#pragma once

#include "monitoring/monitoring.h"

namespace gyre::monitoring {

struct LabelBatchRow {
  std::string batch_key;
  std::int64_t seq, row_count, at_ms;
  std::int64_t matched;      // rows whose prediction was found
  std::int64_t sealed_upto;  // the segment of the prediction log that was looked through last; -1: none was
};

// Those that came at or behind a time, in the order in which they came.
Result<std::vector<LabelBatchRow>> select_batches(sql::Tx& tx, std::string_view endpoint, TimeMs from_ms);

// All labels of a batch: columns id, label, seq.
std::filesystem::path label_file(const std::filesystem::path& folder, std::string_view endpoint, std::string_view key);
// Labels of all batches that had found no prediction when a segment was the last to be looked through; the same columns.
std::filesystem::path rest_file(const std::filesystem::path& folder, std::string_view endpoint, std::int64_t segment);
Result<void> write_labels(query::Engine& engine, const std::filesystem::path& file, const query::Block& labels);

std::string file_list(const std::vector<std::filesystem::path>& files);

// A select that gives (id, label, seq) of the batches; the first label of an id counts.
std::string labels_select(const std::filesystem::path& folder, std::string_view endpoint, const std::vector<LabelBatchRow>& batches);

}  // namespace gyre::monitoring
