// Labels come late, in batches. Each batch is a file; what counts of an id is found when it is read.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/file.h"
#include "base/hash.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

struct Number {
  std::int64_t n;
};

// Each id once. Twice with the same label is once; twice with different ones is a mistake that nobody but the sender can mend.
Result<LabelBatch> without_repetitions(const LabelBatch& batch) {
  LabelBatch once{{}, {}, batch.key, batch.corrects};
  std::unordered_map<std::string_view, bool> seen;
  for (std::size_t i = 0; i < batch.ids.size(); ++i) {
    if (batch.ids[i].empty()) return fail(Code::invalid, fmt::format("ids[{}] is empty", i));
    const auto [there, fresh] = seen.emplace(batch.ids[i], batch.labels[i]);
    if (!fresh && there->second != batch.labels[i]) return fail(Code::invalid, fmt::format("ids[{}]: '{:.80}' stands twice in the batch, with different labels", i, batch.ids[i]));
    if (!fresh) continue;
    once.ids.push_back(batch.ids[i]);
    once.labels.push_back(batch.labels[i]);
  }
  return once;
}

Result<void> write_batch(query::Engine& engine, const std::filesystem::path& file, const LabelBatch& batch, std::int64_t seq) {
  TRY(make_folders(file.parent_path()));
  auto writer = TRY(engine.write_parquet(file, {{"id", query::Type::text, "VARCHAR"}, {"label", query::Type::integer, "BIGINT"}, {"rank", query::Type::integer, "BIGINT"}}));
  query::Block block{batch.ids.size(), std::vector<query::ColumnData>(3)};
  block.columns[0].texts = batch.ids;
  block.columns[1].integers.assign(batch.labels.begin(), batch.labels.end());
  block.columns[2].integers.assign(batch.ids.size(), batch.corrects ? seq : -seq);
  TRY(writer->append(block));
  return writer->finish();
}

}  // namespace

std::filesystem::path label_file(const std::filesystem::path& folder, std::string_view endpoint, std::string_view key) {
  return folder / "labels" / endpoint / (sha256_hex(key).substr(0, 32) + ".parquet");
}

std::string file_list(const std::vector<std::filesystem::path>& files) {
  std::string text = "[";
  for (const auto& file : files) text += (text.size() > 1 ? ", " : "") + query::quote(file.string());
  return text + "]";
}

// The highest rank counts: of corrections the last, else of the others the first.
std::string labels_select(const std::filesystem::path& folder, std::string_view endpoint, const std::vector<LabelBatchRow>& batches) {
  std::vector<std::filesystem::path> files;
  for (const auto& batch : batches) files.push_back(label_file(folder, endpoint, batch.batch_key));
  return fmt::format("SELECT id, arg_max(label, rank) AS label FROM read_parquet({}) GROUP BY id", file_list(files));
}

Result<std::int64_t> Service::put_labels(std::string_view endpoint, const LabelBatch& batch) {
  if (batch.ids.size() != batch.labels.size()) return fail(Code::invalid, fmt::format("{} ids and {} labels", batch.ids.size(), batch.labels.size()));
  if (batch.ids.empty()) return 0;
  if (batch.ids.size() > kMaxLabelBatch) return fail(Code::exhausted, fmt::format("{} labels in one batch; at most {} are taken", batch.ids.size(), kMaxLabelBatch), {}, "send them in parts");
  if (batch.key.empty()) return fail(Code::invalid, "a batch of labels needs a key, so that it can be sent again");
  TRY(serving_.endpoint(endpoint));
  const auto once = TRY(without_repetitions(batch));

  const std::lock_guard lock(taking_labels_);
  const auto known = TRY(db_.read([&](sql::Tx& tx) { return tx.select_one<Number>("SELECT seq FROM label_batches WHERE endpoint = $1 AND batch_key = $2", endpoint, batch.key); }));
  if (known) return 0;
  const auto seq = TRY(db_.read([&](sql::Tx& tx) { return tx.select<Number>("SELECT COALESCE(MAX(seq), 0) FROM label_batches WHERE endpoint = $1", endpoint); })).front().n + 1;
  TRY(write_batch(engine_, label_file(folder_, endpoint, batch.key), once, seq));
  const auto rows = static_cast<std::int64_t>(once.ids.size());
  TRY(db_.write([&](sql::Tx& tx) {
    return tx.exec("INSERT INTO label_batches (endpoint, batch_key, seq, row_count, at_ms, matched, sealed_upto, corrects) VALUES ($1, $2, $3, $4, $5, 0, -1, $6)", endpoint, batch.key, seq, rows,
                   clock_.now_ms(), batch.corrects);
  }));
  return rows;
}

}  // namespace gyre::monitoring
