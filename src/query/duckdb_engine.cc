#include <fmt/format.h>

#include <deque>
#include <mutex>

#include "query/parquet_writer.h"
#include "query/vectors.h"

namespace gyre::query {
namespace {

namespace fs = std::filesystem;

class DuckdbEngine final : public Engine {
 public:
  explicit DuckdbEngine(Options options) : options_(std::move(options)) {}
  ~DuckdbEngine() override {
    if (database_) api_->duckdb_close(&database_);
  }

  Result<void> run(std::string_view sql, const std::vector<json::Value>& args, const std::function<void(const std::vector<Column>&)>& on_columns,
                   const std::function<Result<void>(const Block&)>& on_block, const Call& call) override {
    TRY(open());
    const Connection connection(*api_, database_);
    duckdb_prepared_statement prepared = nullptr;
    const bool refused = api_->duckdb_prepare(connection.raw(), std::string(sql).c_str(), &prepared) == DuckDBError;
    const auto destroy = [this](duckdb_prepared_statement* p) { api_->duckdb_destroy_prepare(p); };
    const std::unique_ptr<duckdb_prepared_statement, decltype(destroy)> owned(&prepared, destroy);
    if (refused) return fail(Code::invalid, trimmed(api_->duckdb_prepare_error(prepared)));
    if (api_->duckdb_nparams(prepared) != args.size())
      return fail(Code::invalid, fmt::format("the query has {} parameters, {} were given", api_->duckdb_nparams(prepared), args.size()));
    for (std::size_t i = 0; i < args.size(); ++i) bind(prepared, i + 1, args[i]);

    duckdb_result result;
    bool failed = false, interrupted = false;
    {
      const Supervisor supervisor(*api_, connection.raw(), call);
      failed = api_->duckdb_execute_prepared(prepared, &result) == DuckDBError;
      interrupted = supervisor.interrupted();
    }
    const auto free_result = [this](duckdb_result* r) { api_->duckdb_destroy_result(r); };
    const std::unique_ptr<duckdb_result, decltype(free_result)> owned_result(&result, free_result);
    if (interrupted) return fail(Code::cancelled, "the query was cancelled");
    if (failed) return failure(api_->duckdb_result_error(&result));
    return hand_over(result, on_columns, on_block, call);
  }

  Result<std::unique_ptr<ParquetWriter>> write_parquet(const fs::path& file, std::vector<Column> columns) override {
    TRY(open());
    auto writer = std::make_unique<DuckdbParquetWriter>(*api_, database_, file, std::move(columns));
    TRY(writer->begin());
    return writer;
  }

 private:
  static std::unexpected<Error> failure(const char* message) {
    const std::string text = trimmed(message ? message : "");
    if (text.starts_with("Out of Memory"))
      return fail(Code::exhausted, "the query needs more memory than it may have", text, "ask for less, or raise the limit");
    return fail(Code::invalid, text);
  }

  Result<void> open() {
    const std::lock_guard lock(mutex_);
    if (database_) return {};
    api_ = TRY(load_duckdb(options_.library));
    duckdb_config config = nullptr;
    api_->duckdb_create_config(&config);
    const auto set = [&](const char* name, const std::string& value) { api_->duckdb_set_config(config, name, value.c_str()); };
    set("threads", std::to_string(options_.threads));
    set("memory_limit", fmt::format("{}B", options_.memory_bytes));
    set("autoinstall_known_extensions", "false");
    set("autoload_known_extensions", "false");
    set("allow_community_extensions", "false");
    if (!options_.scratch.empty()) set("temp_directory", options_.scratch.string());
    char* why = nullptr;
    const bool failed = api_->duckdb_open_ext(nullptr, &database_, config, &why) == DuckDBError;
    api_->duckdb_destroy_config(&config);
    if (!failed) return {};
    database_ = nullptr;
    const std::string text = why ? why : "";
    api_->duckdb_free(why);
    return fail(Code::unavailable, "DuckDB does not start", text);
  }

  void bind(duckdb_prepared_statement prepared, idx_t at, const json::Value& value) {
    if (const auto* truth = value.if_bool()) {
      api_->duckdb_bind_boolean(prepared, at, *truth);
    } else if (const auto* whole = value.if_int()) {
      api_->duckdb_bind_int64(prepared, at, *whole);
    } else if (const auto* real = value.if_double()) {
      api_->duckdb_bind_double(prepared, at, *real);
    } else if (const auto* text = value.if_string()) {
      api_->duckdb_bind_varchar_length(prepared, at, text->data(), text->size());
    } else {
      api_->duckdb_bind_null(prepared, at);
    }
  }

  Result<void> hand_over(duckdb_result& result, const std::function<void(const std::vector<Column>&)>& on_columns,
                         const std::function<Result<void>(const Block&)>& on_block, const Call& call) {
    std::vector<Column> columns;
    std::deque<VectorReader> readers;
    for (idx_t i = 0; i < api_->duckdb_column_count(&result); ++i) {
      const auto type = api_->duckdb_column_type(&result, i);
      columns.push_back({api_->duckdb_column_name(&result, i), type_of(type), std::string(sql_type_of(type))});
      readers.emplace_back(*api_, result, i);
    }
    on_columns(columns);
    return each_block(result, readers, on_block, call);
  }

  Result<void> each_block(duckdb_result& result, const std::deque<VectorReader>& readers, const std::function<Result<void>(const Block&)>& on_block,
                          const Call& call) {
    Block block;
    block.columns.resize(readers.size());
    while (duckdb_data_chunk chunk = api_->duckdb_fetch_chunk(result)) {
      block.rows = api_->duckdb_data_chunk_get_size(chunk);
      for (std::size_t i = 0; i < readers.size(); ++i) readers[i].read(api_->duckdb_data_chunk_get_vector(chunk, i), block.rows, block.columns[i]);
      api_->duckdb_destroy_data_chunk(&chunk);
      if (block.rows == 0) break;
      TRY(on_block(block));
      if (call.cancelled && call.cancelled()) return fail(Code::cancelled, "the query was cancelled");
    }
    return {};
  }

  const Options options_;
  std::mutex mutex_;
  const DuckdbApi* api_ = nullptr;
  duckdb_database database_ = nullptr;
};

}  // namespace

std::unique_ptr<Engine> open(Options options) { return std::make_unique<DuckdbEngine>(std::move(options)); }

}  // namespace gyre::query
