// Labels come late, in batches. Each batch is a file; what counts of an id is found when it is read.
#include <fmt/format.h>

#include <unordered_map>

#include "base/file.h"
#include "base/file_hash.h"
#include "monitoring/label_files.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kComparedBatches = 200;  // the newest, when it is told how many labels are new

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
    if (!fresh && there->second != batch.labels[i])
      return fail(Code::invalid, fmt::format("ids[{}]: '{:.80}' stands twice in the batch, with different labels", i, batch.ids[i]));
    if (!fresh) continue;
    once.ids.push_back(batch.ids[i]);
    once.labels.push_back(batch.labels[i]);
  }
  return once;
}

Result<void> check(const LabelBatch& batch) {
  if (batch.ids.size() != batch.labels.size()) return fail(Code::invalid, fmt::format("{} ids and {} labels", batch.ids.size(), batch.labels.size()));
  if (batch.ids.size() > kMaxLabelBatch)
    return fail(Code::exhausted, fmt::format("{} labels in one batch; at most {} are taken", batch.ids.size(), kMaxLabelBatch), {}, "send them in parts");
  if (batch.key.empty()) return fail(Code::invalid, "a batch of labels needs a key, so that it can be sent again");
  return {};
}

// Given away once, whoever else writes; one that a crash left unused is never seen again.
Result<std::int64_t> take_number(sql::Tx& tx, std::string_view endpoint) {
  const auto row = TRY(tx.select_one<Number>(
      "INSERT INTO label_numbers (endpoint, last) VALUES ($1, 1) ON CONFLICT (endpoint) DO UPDATE SET last = label_numbers.last + 1 RETURNING last", endpoint));
  return row ? Result<std::int64_t>(row->n) : fail(Code::internal, "no number was given to a batch of labels");
}

Result<void> write_batch(query::Engine& engine, const fs::path& file, const LabelBatch& batch, std::int64_t seq) {
  TRY(make_folders(file.parent_path()));
  auto writer = TRY(
      engine.write_parquet(file, {{"id", query::Type::text, "VARCHAR"}, {"label", query::Type::integer, "BIGINT"}, {"rank", query::Type::integer, "BIGINT"}}));
  query::Block block{batch.ids.size(), std::vector<query::ColumnData>(3)};
  block.columns[0].texts = batch.ids;
  block.columns[1].integers.assign(batch.labels.begin(), batch.labels.end());
  block.columns[2].integers.assign(batch.ids.size(), batch.corrects ? seq : -seq);
  TRY(writer->append(block));
  return writer->finish();
}

// How many of a file's labels say nothing that those before it had not said: ids that have a label, or of corrections that one.
Result<std::int64_t> count_known(query::Engine& engine, const fs::path& file, const std::vector<fs::path>& before, bool corrects) {
  if (before.empty()) return 0;
  const auto found = TRY(query::fetch(engine, fmt::format("SELECT count(*) FROM (SELECT o.id, arg_max(o.label, o.rank) AS label FROM read_parquet({1}) o JOIN "
                                                          "read_parquet({0}) n ON o.id = n.id GROUP BY o.id) k "
                                                          "JOIN read_parquet({0}) n ON k.id = n.id{2}",
                                                          query::quote(file.string()), file_list(before), corrects ? " AND k.label = n.label" : "")));
  return found.rows.front().front().int_or(0);
}

}  // namespace

fs::path label_file(const fs::path& folder, std::string_view endpoint, std::int64_t seq) {
  return folder / "labels" / endpoint / fmt::format("{:010}.parquet", seq);
}

std::vector<fs::path> label_files(const fs::path& folder, std::string_view endpoint, std::span<const LabelBatchRow> batches) {
  std::vector<fs::path> files;
  for (const auto& batch : batches) files.push_back(label_file(folder, endpoint, batch.seq));
  return files;
}

std::string file_list(const std::vector<fs::path>& files) {
  std::string text = "[";
  for (const auto& file : files) text += (text.size() > 1 ? ", " : "") + query::quote(file.string());
  return text + "]";
}

// The file comes first: what the database knows of is there, whenever the process dies.
Result<std::int64_t> Service::put_labels(std::string_view endpoint, const LabelBatch& batch) {
  TRY(check(batch));
  TRY(serving_.endpoint(endpoint));
  if (batch.ids.empty()) return 0;
  const auto once = TRY(without_repetitions(batch));

  const std::lock_guard lock(taking_labels_);
  const auto known = TRY(db_.read(
      [&](sql::Tx& tx) { return tx.select_one<Number>("SELECT seq FROM label_batches WHERE endpoint = $1 AND batch_key = $2", endpoint, batch.key); }));
  if (known) return 0;
  const auto seq = TRY(db_.write([&](sql::Tx& tx) { return take_number(tx, endpoint); }));
  const auto before = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<LabelBatchRow>("SELECT seq, row_count, at_ms FROM label_batches WHERE endpoint = $1 ORDER BY seq DESC LIMIT $2", endpoint,
                                    kComparedBatches);
  }));
  const auto file = label_file(folder_, endpoint, seq);
  TRY(write_batch(engine_, file, once, seq));
  const auto sha256 = TRY(file_sha256(file));
  const auto rows = static_cast<std::int64_t>(once.ids.size());
  const auto said_before = TRY(count_known(engine_, file, label_files(folder_, endpoint, before), batch.corrects));
  const bool taken = TRY(db_.write([&](sql::Tx& tx) -> Result<bool> {
    TRY(
        tx.exec("INSERT INTO label_batches (endpoint, batch_key, seq, row_count, at_ms, matched, sealed_upto, corrects, sha256) VALUES ($1, $2, $3, $4, $5, 0, "
                "-1, $6, $7) ON CONFLICT (endpoint, batch_key) DO NOTHING",
                endpoint, batch.key, seq, rows, clock_.now_ms(), batch.corrects, sha256));
    return tx.changed_rows() == 1;
  }));
  if (taken) return rows - said_before;
  std::error_code ignored;
  fs::remove(file, ignored);  // another server has taken a batch of that key meanwhile
  return 0;
}

}  // namespace gyre::monitoring
