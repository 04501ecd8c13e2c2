#include "monitoring/label_files.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace gyre::monitoring {

Result<std::vector<LabelBatchRow>> select_batches(sql::Tx& tx, std::string_view endpoint, TimeMs from_ms) {
  return tx.select<LabelBatchRow>("SELECT batch_key, seq, row_count, at_ms, matched, sealed_upto FROM label_batches WHERE endpoint = $1 AND at_ms >= $2 ORDER BY seq", endpoint, from_ms);
}

std::filesystem::path label_file(const std::filesystem::path& folder, std::string_view endpoint, std::string_view key) {
  return folder / "labels" / endpoint / (sha256_hex(key).substr(0, 32) + ".parquet");
}

std::filesystem::path rest_file(const std::filesystem::path& folder, std::string_view endpoint, std::int64_t segment) {
  return folder / "labels" / endpoint / fmt::format("rest-{:010}.parquet", segment);
}

Result<void> write_labels(query::Engine& engine, const std::filesystem::path& file, const query::Block& labels) {
  auto writer = TRY(engine.write_parquet(file, {{"id", query::Type::text, "VARCHAR"}, {"label", query::Type::integer, "BIGINT"}, {"seq", query::Type::integer, "BIGINT"}}));
  TRY(writer->append(labels));
  return writer->finish();
}

std::string file_list(const std::vector<std::filesystem::path>& files) {
  std::string text = "[";
  for (const auto& file : files) text += (text.size() > 1 ? ", " : "") + query::quote(file.string());
  return text + "]";
}

std::string labels_select(const std::filesystem::path& folder, std::string_view endpoint, const std::vector<LabelBatchRow>& batches) {
  std::vector<std::filesystem::path> files;
  for (const auto& batch : batches) files.push_back(label_file(folder, endpoint, batch.batch_key));
  return fmt::format("SELECT id, arg_min(label, seq) AS label, min(seq) AS seq FROM read_parquet({}) GROUP BY id", file_list(files));
}

}  // namespace gyre::monitoring
