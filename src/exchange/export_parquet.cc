// Runs and what they logged as Parquet files, in long form.
#include <fmt/format.h>

#include "base/file.h"
#include "exchange/outlet.h"
#include "query/query.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;
using query::Type;

constexpr std::size_t kBlockRows = 2048;

const query::Column kText{"", Type::text, "VARCHAR"}, kWhole{"", Type::integer, "BIGINT"}, kReal{"", Type::real, "DOUBLE"},
    kTime{"", Type::timestamp, "TIMESTAMP"};

query::Column named(std::string name, query::Column column) {
  column.name = std::move(name);
  return column;
}

// One file; rows are given value by value.
class Rows {
 public:
  Rows(std::unique_ptr<query::Engine::ParquetWriter> writer, std::size_t columns) : writer_(std::move(writer)) { block_.columns.resize(columns); }

  Rows& text(std::string_view value) { return next().texts.emplace_back(value), has(true); }
  Rows& whole(std::int64_t value) { return next().integers.push_back(value), has(true); }
  Rows& real(double value) { return next().reals.push_back(value), has(true); }
  // Microseconds, as Parquet has them; 0 is none.
  Rows& time(TimeMs at_ms) { return next().integers.push_back(at_ms * 1000), has(at_ms != 0); }
  Result<void> end_row() {
    at_ = 0;
    return ++block_.rows < kBlockRows ? Result<void>() : flush();
  }
  Result<void> finish() {
    TRY(flush());
    return writer_->finish();
  }

 private:
  query::ColumnData& next() { return block_.columns[at_]; }
  Rows& has(bool value) {
    block_.columns[at_++].nulls.push_back(!value);
    return *this;
  }
  Result<void> flush() {
    if (block_.rows > 0) TRY(writer_->append(block_));
    const auto columns = block_.columns.size();
    block_ = {};
    block_.columns.resize(columns);
    return {};
  }

  std::unique_ptr<query::Engine::ParquetWriter> writer_;
  query::Block block_;
  std::size_t at_ = 0;
};

class ParquetSink final : public Sink {
 public:
  ParquetSink(Rows runs, Rows params, Rows tags, Rows points)
      : runs_(std::move(runs)), params_(std::move(params)), tags_(std::move(tags)), points_(std::move(points)) {}

  Result<void> record(Record record) override {
    if (const auto* experiment = std::get_if<Experiment>(&record)) names_[experiment->id] = experiment->name;
    if (const auto* run = std::get_if<Run>(&record)) return write(*run);
    if (const auto* series = std::get_if<Series>(&record)) return write(*series);
    return {};
  }
  Result<void> version(Version, std::optional<Origin>) override { return {}; }
  Result<void> folder(const Folder&) override { return {}; }
  void left(std::string_view, std::string_view, std::int64_t) override {}

  Result<void> finish() {
    for (auto* rows : {&runs_, &params_, &tags_, &points_}) TRY(rows->finish());
    return {};
  }

 private:
  Result<void> write(const Run& run) {
    const auto& info = run.info;
    runs_.text(info.id)
        .text(info.experiment_id)
        .text(names_[info.experiment_id])
        .text(info.name)
        .text(info.user)
        .text(info.status)
        .time(info.start_ms)
        .time(info.end_ms.value_or(0))
        .text(info.lifecycle)
        .text(info.artifact_uri);
    TRY(runs_.end_row());
    for (const auto& [key, value] : run.params) TRY(params_.text(info.id).text(key).text(value).end_row());
    for (const auto& [key, value] : run.tags) TRY(tags_.text(info.id).text(key).text(value).end_row());
    return {};
  }
  Result<void> write(const Series& series) {
    for (const auto& point : series.points) {
      points_.text(series.run_id).text(series.key).real(static_cast<double>(point.step) + point.fraction).time(point.at_ms).real(point.value);
      TRY(points_.end_row());
    }
    return {};
  }

  Rows runs_, params_, tags_, points_;
  std::map<std::string, std::string> names_;
};

Result<Rows> open_rows(query::Engine& engine, const fs::path& file, std::vector<query::Column> columns) {
  const auto count = columns.size();
  return Rows(TRY(engine.write_parquet(file, std::move(columns))), count);
}

}  // namespace

Result<void> write_parquet(Source& source, const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_empty(folder, error))
    return fail(Code::conflict, fmt::format("'{}' is there and not empty", folder.string()), {}, "name a new folder");
  TRY(make_folders(folder));
  const auto engine = query::open({});
  const auto pairs = [](const char* key) { return std::vector{named("run_id", kText), named(key, kText), named("value", kText)}; };
  ParquetSink sink(
      TRY(open_rows(*engine, folder / "runs.parquet",
                    {named("run_id", kText), named("experiment_id", kText), named("experiment", kText), named("name", kText), named("user", kText),
                     named("status", kText), named("started_at", kTime), named("ended_at", kTime), named("lifecycle", kText), named("artifact_uri", kText)})),
      TRY(open_rows(*engine, folder / "params.parquet", pairs("param"))), TRY(open_rows(*engine, folder / "tags.parquet", pairs("tag"))),
      TRY(open_rows(*engine, folder / "metrics.parquet",
                    {named("run_id", kText), named("metric", kText), named("step", kReal), named("at", kTime), named("value", kReal)})));
  TRY(source.read(sink));
  return sink.finish();
}

}  // namespace gyre::exchange
