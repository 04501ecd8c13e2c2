#include "query/counted.h"

namespace gyre::query {
namespace {

class CountedWriter final : public Engine::ParquetWriter {
 public:
  CountedWriter(std::unique_ptr<ParquetWriter> inner, Counters& counters) : inner_(std::move(inner)), counters_(counters) {}
  Result<void> append(const Block& block) override { return inner_->append(block); }
  Result<void> finish() override {
    return counters_.files_written.around([&] { return inner_->finish(); });
  }

 private:
  const std::unique_ptr<ParquetWriter> inner_;
  Counters& counters_;
};

class CountedEngine final : public Engine {
 public:
  CountedEngine(std::unique_ptr<Engine> inner, Counters& counters) : inner_(std::move(inner)), counters_(counters) {}

  Result<void> run(std::string_view sql, const std::vector<json::Value>& args, const std::function<void(const std::vector<Column>&)>& on_columns,
                   const std::function<Result<void>(const Block&)>& on_block, const Call& call) override {
    const auto counted_block = [&](const Block& block) {
      counters_.rows += static_cast<std::int64_t>(block.rows);
      return on_block(block);
    };
    return counters_.statements.around([&] { return inner_->run(sql, args, on_columns, counted_block, call); });
  }

  Result<std::unique_ptr<ParquetWriter>> write_parquet(const std::filesystem::path& file, std::vector<Column> columns) override {
    return std::make_unique<CountedWriter>(TRY(inner_->write_parquet(file, std::move(columns))), counters_);
  }

 private:
  const std::unique_ptr<Engine> inner_;
  Counters& counters_;
};

}  // namespace

std::unique_ptr<Engine> make_counted(std::unique_ptr<Engine> inner, Counters& counters) { return std::make_unique<CountedEngine>(std::move(inner), counters); }

}  // namespace gyre::query
