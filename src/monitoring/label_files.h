// Where the labels of an endpoint are. Inside monitoring/ only.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gyre::monitoring {

struct LabelBatchRow {
  std::int64_t seq = 0, row_count = 0;
  TimeMs at_ms = 0;
};

constexpr std::int64_t kEarlyMs = kDayMs;  // a label may come this much before the window of its prediction

// Columns id, label and rank: the number of the batch, below zero where it does not correct. Of an id's labels that of the
// highest rank counts: of corrections the last, else of the others the first.
std::filesystem::path label_file(const std::filesystem::path& folder, std::string_view endpoint, std::int64_t seq);
std::vector<std::filesystem::path> label_files(const std::filesystem::path& folder, std::string_view endpoint, std::span<const LabelBatchRow> batches);

// ['a', 'b'] for read_parquet.
std::string file_list(const std::vector<std::filesystem::path>& files);

}  // namespace gyre::monitoring
