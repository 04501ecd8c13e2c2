#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "base/guarded.h"
#include "query/duckdb_api.h"
#include "query/query.h"

namespace gyre::query {
namespace {

namespace fs = std::filesystem;

// DuckDB's message without its tail of candidates and line pictures.
std::string trimmed(std::string_view message) {
  const auto end = message.find("\n\nLINE ");
  return std::string(message.substr(0, std::min({end, message.size(), std::size_t{600}})));
}

Type type_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: return Type::boolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT: return Type::integer;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL: return Type::real;
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_ENUM: return Type::text;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_DATE: return Type::timestamp;
    default: return Type::other;
  }
}

std::string_view sql_type_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT: return "TINYINT";
    case DUCKDB_TYPE_SMALLINT: return "SMALLINT";
    case DUCKDB_TYPE_INTEGER: return "INTEGER";
    case DUCKDB_TYPE_BIGINT: return "BIGINT";
    case DUCKDB_TYPE_UTINYINT: return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT: return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER: return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT: return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT: return "HUGEINT";
    case DUCKDB_TYPE_FLOAT: return "FLOAT";
    case DUCKDB_TYPE_DOUBLE: return "DOUBLE";
    case DUCKDB_TYPE_DECIMAL: return "DECIMAL";
    case DUCKDB_TYPE_VARCHAR: return "VARCHAR";
    case DUCKDB_TYPE_ENUM: return "ENUM";
    case DUCKDB_TYPE_TIMESTAMP: return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_TZ: return "TIMESTAMPTZ";
    case DUCKDB_TYPE_DATE: return "DATE";
    case DUCKDB_TYPE_LIST: return "LIST";
    case DUCKDB_TYPE_STRUCT: return "STRUCT";
    case DUCKDB_TYPE_BLOB: return "BLOB";
    default: return "OTHER";
  }
}

// Copies one vector of a chunk into the house's shape.
class VectorReader {
 public:
  VectorReader(const DuckdbApi& api, duckdb_type type, duckdb_logical_type logical) : api_(api), type_(type), logical_(logical) {}

  void read(duckdb_vector vector, std::size_t rows, ColumnData& out) const {
    const void* data = api_.duckdb_vector_get_data(vector);
    const auto* validity = api_.duckdb_vector_get_validity(vector);
    out.nulls.assign(rows, false);
    if (validity) {
      for (std::size_t i = 0; i < rows; ++i) out.nulls[i] = !(validity[i / 64] >> (i % 64) & 1);
    }
    switch (type_) {
      case DUCKDB_TYPE_BOOLEAN: return copy<bool>(data, rows, out.integers);
      case DUCKDB_TYPE_TINYINT: return copy<std::int8_t>(data, rows, out.integers);
      case DUCKDB_TYPE_SMALLINT: return copy<std::int16_t>(data, rows, out.integers);
      case DUCKDB_TYPE_INTEGER: return copy<std::int32_t>(data, rows, out.integers);
      case DUCKDB_TYPE_BIGINT: return copy<std::int64_t>(data, rows, out.integers);
      case DUCKDB_TYPE_UTINYINT: return copy<std::uint8_t>(data, rows, out.integers);
      case DUCKDB_TYPE_USMALLINT: return copy<std::uint16_t>(data, rows, out.integers);
      case DUCKDB_TYPE_UINTEGER: return copy<std::uint32_t>(data, rows, out.integers);
      case DUCKDB_TYPE_UBIGINT: return copy<std::uint64_t>(data, rows, out.integers);
      case DUCKDB_TYPE_HUGEINT: return copy_huge(data, rows, out.integers);
      case DUCKDB_TYPE_FLOAT: return copy<float>(data, rows, out.reals);
      case DUCKDB_TYPE_DOUBLE: return copy<double>(data, rows, out.reals);
      case DUCKDB_TYPE_DECIMAL: return copy_decimal(data, rows, out.reals);
      case DUCKDB_TYPE_TIMESTAMP:
      case DUCKDB_TYPE_TIMESTAMP_TZ: return copy<std::int64_t>(data, rows, out.integers);
      case DUCKDB_TYPE_DATE: return copy_date(data, rows, out.integers);
      case DUCKDB_TYPE_VARCHAR:
      case DUCKDB_TYPE_BLOB: return copy_text(data, rows, out);
      default: out.texts.assign(rows, "");
    }
  }

 private:
  template <class Source, class Target>
  static void copy(const void* data, std::size_t rows, std::vector<Target>& out) {
    const auto* values = static_cast<const Source*>(data);
    out.assign(values, values + rows);
  }
  static void copy_huge(const void* data, std::size_t rows, std::vector<std::int64_t>& out) {
    const auto* values = static_cast<const duckdb_hugeint*>(data);
    out.resize(rows);
    for (std::size_t i = 0; i < rows; ++i) out[i] = static_cast<std::int64_t>(values[i].lower);  // sums of 64-bit counts fit
  }
  static void copy_date(const void* data, std::size_t rows, std::vector<std::int64_t>& out) {
    const auto* days = static_cast<const std::int32_t*>(data);
    out.resize(rows);
    for (std::size_t i = 0; i < rows; ++i) out[i] = days[i] * 86'400'000'000LL;
  }
  void copy_decimal(const void* data, std::size_t rows, std::vector<double>& out) const {
    double unit = 1;
    for (int i = 0; i < api_.duckdb_decimal_scale(logical_); ++i) unit *= 10;
    switch (api_.duckdb_decimal_internal_type(logical_)) {
      case DUCKDB_TYPE_SMALLINT: copy<std::int16_t>(data, rows, out); break;
      case DUCKDB_TYPE_INTEGER: copy<std::int32_t>(data, rows, out); break;
      case DUCKDB_TYPE_BIGINT: copy<std::int64_t>(data, rows, out); break;
      default: {
        const auto* values = static_cast<const duckdb_hugeint*>(data);
        out.resize(rows);
        for (std::size_t i = 0; i < rows; ++i) out[i] = static_cast<double>(values[i].upper) * 18446744073709551616.0 + static_cast<double>(values[i].lower);
      }
    }
    for (auto& value : out) value /= unit;
  }
  static void copy_text(const void* data, std::size_t rows, ColumnData& out) {
    auto* values = const_cast<duckdb_string_t*>(static_cast<const duckdb_string_t*>(data));
    out.texts.resize(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      if (out.nulls[i]) continue;
      auto& value = values[i];
      const auto size = value.value.inlined.length;
      const char* text = size <= 12 ? value.value.inlined.inlined : value.value.pointer.ptr;
      out.texts[i].assign(text, size);
    }
  }

  const DuckdbApi& api_;
  const duckdb_type type_;
  const duckdb_logical_type logical_;
};

// Interrupts a running query when it is cancelled, and tells how far it is.
class Supervisor {
 public:
  Supervisor(const DuckdbApi& api, duckdb_connection connection, const Call& call) : api_(api), connection_(connection), call_(call) {
    if (call.cancelled || call.progress) thread_ = std::thread([this] { watch(); });
  }
  ~Supervisor() {
    done_.with([](bool& done) { done = true; });
    done_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  bool interrupted() const { return interrupted_; }

 private:
  void watch() {
    while (!done_.wait_for(std::chrono::milliseconds(50), [](bool done) { return done; }, [](bool done) { return done; })) {
      if (call_.progress) call_.progress(std::max(0.0, api_.duckdb_query_progress(connection_).percentage));
      if (call_.cancelled && call_.cancelled()) {
        interrupted_ = true;
        api_.duckdb_interrupt(connection_);
      }
    }
  }
  const DuckdbApi& api_;
  duckdb_connection connection_;
  const Call& call_;
  std::atomic<bool> interrupted_ = false;
  Guarded<bool> done_{false};
  std::thread thread_;
};

class Connection {
 public:
  Connection(const DuckdbApi& api, duckdb_database database) : api_(api) { api.duckdb_connect(database, &raw_); }
  ~Connection() { api_.duckdb_disconnect(&raw_); }
  Connection(const Connection&) = delete;
  duckdb_connection raw() const { return raw_; }

  Result<void> execute(const std::string& sql) {
    duckdb_result result;
    const bool failed = api_.duckdb_query(raw_, sql.c_str(), &result) == DuckDBError;
    const std::string why = failed ? trimmed(api_.duckdb_result_error(&result)) : "";
    api_.duckdb_destroy_result(&result);
    if (failed) return fail(Code::invalid, why);
    return {};
  }

 private:
  const DuckdbApi& api_;
  duckdb_connection raw_ = nullptr;
};

class DuckdbEngine;

class DuckdbParquetWriter final : public Engine::ParquetWriter {
 public:
  DuckdbParquetWriter(const DuckdbApi& api, duckdb_database database, fs::path file, std::vector<Column> columns)
      : api_(api), connection_(api, database), file_(std::move(file)), columns_(std::move(columns)) {}
  ~DuckdbParquetWriter() override {
    if (appender_) api_.duckdb_appender_destroy(&appender_);
  }

  Result<void> begin() {
    std::string definition;
    for (const auto& column : columns_) definition += fmt::format("{}{} {}", definition.empty() ? "" : ", ", quote_name(column.name), column.sql_type);
    TRY(connection_.execute(fmt::format("CREATE TEMPORARY TABLE rows ({})", definition)));
    if (api_.duckdb_appender_create(connection_.raw(), nullptr, "rows", &appender_) == DuckDBError) return trouble();
    return {};
  }

  Result<void> append(const Block& block) override {
    for (std::size_t row = 0; row < block.rows; ++row) {
      for (std::size_t i = 0; i < columns_.size(); ++i) append_value(columns_[i].type, block.columns[i], row);
      if (api_.duckdb_appender_end_row(appender_) == DuckDBError) return trouble();
    }
    return {};
  }

  Result<void> finish() override {
    const auto state = api_.duckdb_appender_destroy(&appender_);
    appender_ = nullptr;
    if (state == DuckDBError) return fail(Code::internal, "rows could not be written for Parquet");
    const fs::path temporary = file_.string() + ".tmp";
    auto written = connection_.execute(fmt::format("COPY rows TO {} (FORMAT parquet, COMPRESSION zstd)", quote(temporary.string())));
    if (!written) return fail(Code::unavailable, fmt::format("cannot write '{}'", file_.string()), written.error().message);
    const Fd fd(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return fail_errno("sync", temporary);
    if (::rename(temporary.c_str(), file_.c_str()) != 0) return fail_errno("rename", temporary);
    return sync_folder(file_.parent_path());
  }

 private:
  void append_value(Type type, const ColumnData& data, std::size_t row) {
    if (!data.nulls.empty() && data.nulls[row]) {
      api_.duckdb_append_null(appender_);
      return;
    }
    switch (type) {
      case Type::boolean: api_.duckdb_append_bool(appender_, data.integers[row] != 0); break;
      case Type::integer: api_.duckdb_append_int64(appender_, data.integers[row]); break;
      case Type::real: api_.duckdb_append_double(appender_, data.reals[row]); break;
      case Type::timestamp: api_.duckdb_append_timestamp(appender_, {data.integers[row]}); break;
      case Type::text:
      case Type::other: api_.duckdb_append_varchar_length(appender_, data.texts[row].data(), data.texts[row].size());
    }
  }
  std::unexpected<Error> trouble() {
    const char* why = api_.duckdb_appender_error(appender_);
    return fail(Code::internal, "rows could not be written for Parquet", why ? why : "");
  }

  const DuckdbApi& api_;
  Connection connection_;
  const fs::path file_;
  const std::vector<Column> columns_;
  duckdb_appender appender_ = nullptr;
};

class DuckdbEngine final : public Engine {
 public:
  explicit DuckdbEngine(Options options) : options_(std::move(options)) {}
  ~DuckdbEngine() override {
    if (database_) api_->duckdb_close(&database_);
  }

  Result<void> run(std::string_view sql, const std::vector<json::Value>& args, const std::function<void(const std::vector<Column>&)>& on_columns,
                   const std::function<Result<void>(const Block&)>& on_block, const Call& call) override {
    TRY(open());
    Connection connection(*api_, database_);
    duckdb_prepared_statement prepared = nullptr;
    const bool refused = api_->duckdb_prepare(connection.raw(), std::string(sql).c_str(), &prepared) == DuckDBError;
    const auto destroy = [this](duckdb_prepared_statement* p) { api_->duckdb_destroy_prepare(p); };
    const std::unique_ptr<duckdb_prepared_statement, decltype(destroy)> owned(&prepared, destroy);
    if (refused) return fail(Code::invalid, trimmed(api_->duckdb_prepare_error(prepared)));
    if (api_->duckdb_nparams(prepared) != args.size()) return fail(Code::invalid, fmt::format("the query has {} parameters, {} were given", api_->duckdb_nparams(prepared), args.size()));
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
    if (text.starts_with("Out of Memory")) return fail(Code::exhausted, "the query needs more memory than it may have", text, "ask for less, or raise the limit");
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
    std::vector<VectorReader> readers;
    std::vector<duckdb_logical_type> logical;
    for (idx_t i = 0; i < api_->duckdb_column_count(&result); ++i) {
      const auto type = api_->duckdb_column_type(&result, i);
      columns.push_back({api_->duckdb_column_name(&result, i), type_of(type), std::string(sql_type_of(type))});
      logical.push_back(api_->duckdb_column_logical_type(&result, i));
      readers.emplace_back(*api_, type, logical.back());
    }
    on_columns(columns);
    auto outcome = each_block(result, readers, on_block, call);
    for (auto& type : logical) api_->duckdb_destroy_logical_type(&type);
    return outcome;
  }

  Result<void> each_block(duckdb_result& result, const std::vector<VectorReader>& readers, const std::function<Result<void>(const Block&)>& on_block, const Call& call) {
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
