#include "storage/sql/postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>

namespace gyre::sql {
namespace {

// Object identifiers of the types that are read as numbers; pg_type.dat of PostgreSQL.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701;

using Answer = std::unique_ptr<PGresult, decltype([](PGresult* r) { PQclear(r); })>;
using Body = std::function<Result<void>(Tx&)>;

constexpr std::chrono::seconds kMaxWait{30};  // for a free connection
constexpr auto kConnectTimeoutSeconds = "10";

bool is_collision(std::string_view state) { return state == "40001" || state == "40P01"; }

std::unexpected<Error> failure(PGconn* connection, PGresult* answer) {
  const char* state = answer ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : nullptr;
  const std::string_view code = state ? state : "";
  const auto detail = fmt::format("{} {}", code, answer ? PQresultErrorMessage(answer) : PQerrorMessage(connection));
  if (is_collision(code)) return fail(Code::unavailable, "collision", detail);
  if (PQstatus(connection) != CONNECTION_OK || code.starts_with("08") || code.starts_with("57P")) {
    return fail(Code::unavailable, "the metadata database cannot be reached", detail, "check that PostgreSQL runs and the URL is right");
  }
  if (code.starts_with("22")) return fail(Code::invalid, "a value is not of the kind that is kept here", detail, "check numbers, and that text is UTF-8");
  if (code.starts_with("23")) return fail(Code::conflict, "it exists already, or something that it needs does not", detail);
  if (code == "53100") return fail(Code::unavailable, "the disk of the metadata database is full", detail, "free some space there");
  if (code.starts_with("53")) return fail(Code::exhausted, "the metadata database has no room for more connections", detail);
  if (code.starts_with("28")) return fail(Code::denied, "the metadata database refused the sign-in", detail, "check user and password in the database URL");
  return fail(Code::internal, "the metadata database failed", detail);
}

// Arguments in libpq's shape; text form for all but bytes.
class Parameters {
 public:
  explicit Parameters(std::span<const Value> args) {
    texts_.reserve(args.size());
    for (const auto& arg : args) add(arg);
    for (std::size_t i = 0; i < args.size(); ++i) {
      const bool null = std::holds_alternative<std::monostate>(args[i]);
      values_.push_back(null ? nullptr : texts_[i].c_str());
      lengths_.push_back(static_cast<int>(texts_[i].size()));
      formats_.push_back(std::holds_alternative<Bytes>(args[i]) ? 1 : 0);
    }
  }
  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void add(const Value& arg) {
    switch (arg.index()) {
      case 1:
        texts_.push_back(fmt::format("{}", std::get<1>(arg)));
        break;
      case 2:
        texts_.push_back(number_text(std::get<2>(arg)));
        break;
      case 3:
        texts_.emplace_back(std::get<3>(arg));
        break;
      case 4:
        texts_.emplace_back(std::get<4>(arg).view);
        break;
      default:
        texts_.emplace_back();
    }
  }
  static std::string number_text(double number) {
    if (number != number) return "NaN";
    if (number - number != 0) return number > 0 ? "Infinity" : "-Infinity";
    return fmt::format("{}", number);
  }
  std::vector<std::string> texts_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
};

template <class Number>
Number parsed(std::string_view text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

double parsed_double(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return parsed<double>(text);
}

class Connection final : public Tx {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::string& url, bool prepare) {
    const char* const names[] = {"connect_timeout", "fallback_application_name", "dbname", nullptr};  // the URL, last, wins
    const char* const values[] = {kConnectTimeoutSeconds, "gyre", url.c_str(), nullptr};
    std::unique_ptr<Connection> made(new Connection(PQconnectdbParams(names, values, 1), prepare));
    if (PQstatus(made->pg_) != CONNECTION_OK) {
      return fail(Code::unavailable, "the metadata database cannot be reached", PQerrorMessage(made->pg_), "check that PostgreSQL runs and the URL is right");
    }
    PQsetNoticeProcessor(made->pg_, [](void*, const char*) {}, nullptr);
    TRY(made->command("SET client_min_messages = warning"));
    return made;
  }
  ~Connection() override { PQfinish(pg_); }

  Result<void> command(const char* text) {
    const Answer answer(PQexec(pg_, text));
    return check(answer.get());
  }

  // COMMIT of a transaction in which a statement failed answers "ROLLBACK" as if all were well.
  Result<void> commit() {
    const Answer answer(PQexec(pg_, "COMMIT"));
    TRY(check(answer.get()));
    if (std::string_view(PQcmdStatus(answer.get())) != "COMMIT") return fail(Code::internal, "the metadata database failed", "COMMIT rolled back");
    return {};
  }

  // Whether a statement lost against another transaction, so that the body may run again.
  bool collided() const { return collided_; }
  void begin_attempt() { collided_ = false; }
  std::int64_t changed_rows() const override { return changed_; }
  bool alive() const { return PQstatus(pg_) == CONNECTION_OK; }

 private:
  static constexpr std::size_t kMaxPrepared = 512;
  Connection(PGconn* pg, bool prepare) : pg_(pg), prepare_(prepare) {}

  Result<void> check(PGresult* answer) {
    const auto status = PQresultStatus(answer);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
    const char* state = answer ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : nullptr;
    collided_ = collided_ || (state && is_collision(state));
    return failure(pg_, answer);
  }

  Result<void> run(std::string_view statement, std::span<const Value> args, const RowSink& on_row) override {
    for (const auto& arg : args) {
      const auto* text = std::get_if<std::string_view>(&arg);
      if (text && text->contains('\0')) return fail(Code::invalid, "text may not hold a NUL character");  // it would end there
    }
    const Parameters parameters(args);
    const Answer answer(TRY(execute(std::string(statement), parameters)));
    TRY(check(answer.get()));
    changed_ = parsed<std::int64_t>(PQcmdTuples(answer.get()));
    if (on_row) hand_over(answer.get(), on_row);
    return {};
  }

  Result<PGresult*> execute(const std::string& statement, const Parameters& p) {
    if (!prepare_) return PQexecParams(pg_, statement.c_str(), p.count(), nullptr, p.values(), p.lengths(), p.formats(), 0);
    auto found = prepared_.find(statement);
    if (found == prepared_.end()) {
      if (prepared_.size() >= kMaxPrepared) {
        TRY(command("DEALLOCATE ALL"));
        prepared_.clear();
      }
      const auto name = fmt::format("s{}", ++made_);
      const Answer answer(PQprepare(pg_, name.c_str(), statement.c_str(), 0, nullptr));
      TRY(check(answer.get()));
      found = prepared_.emplace(statement, name).first;
    }
    return PQexecPrepared(pg_, found->second.c_str(), p.count(), p.values(), p.lengths(), p.formats(), 0);
  }

  static void hand_over(PGresult* answer, const RowSink& on_row) {
    const int rows = PQntuples(answer), columns = PQnfields(answer);
    std::vector<Value> row(static_cast<std::size_t>(columns));
    std::vector<std::string> bytes(static_cast<std::size_t>(columns));
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) row[static_cast<std::size_t>(c)] = value_of(answer, r, c, bytes[static_cast<std::size_t>(c)]);
      on_row(row);
    }
  }

  static Value value_of(PGresult* answer, int row, int column, std::string& keep) {
    if (PQgetisnull(answer, row, column)) return std::monostate{};
    const std::string_view text(PQgetvalue(answer, row, column), static_cast<std::size_t>(PQgetlength(answer, row, column)));
    switch (PQftype(answer, column)) {
      case kInt8:
      case kInt4:
      case kInt2:
        return parsed<std::int64_t>(text);
      case kBool:
        return std::int64_t{text == "t"};
      case kFloat8:
      case kFloat4:
        return parsed_double(text);
      case kBytea: {
        std::size_t size = 0;
        auto* raw = PQunescapeBytea(reinterpret_cast<const unsigned char*>(text.data()), &size);
        keep.assign(reinterpret_cast<const char*>(raw), size);
        PQfreemem(raw);
        return Bytes{keep};
      }
      default:
        return text;
    }
  }

  PGconn* pg_;
  const bool prepare_;
  bool collided_ = false;
  std::int64_t changed_ = 0;
  std::uint64_t made_ = 0;
  std::unordered_map<std::string, std::string> prepared_;
};

class PostgresDb final : public Db {
 public:
  PostgresDb(std::string url, PostgresOptions options) : url_(std::move(url)), options_(options), free_slots_(options.connections) {}

  Dialect dialect() const override { return Dialect::postgres; }
  Commits commits() const override { return {commits_, commits_}; }

  Result<void> verify() override {
    return read([](Tx& tx) { return tx.exec("SELECT 1"); });  // the server keeps checksums of its own
  }

 private:
  struct Attempt {
    Result<void> outcome;
    bool collided = false;
    bool lost = false;  // the server went away, and certainly nothing was committed
  };

  Result<void> run(Mode mode, const Body& body) override {
    thread_local std::mt19937 random(std::random_device{}());
    bool lost_before = false;
    for (int attempt = 0;; ++attempt) {
      auto done = run_once(mode, body);
      if (done.lost && !std::exchange(lost_before, true)) continue;
      if (!done.collided) return done.outcome;
      if (attempt >= options_.retries)
        return fail(Code::unavailable, "too many transactions collide", done.outcome ? "" : done.outcome.error().detail, "try again");
      std::this_thread::sleep_for(std::chrono::microseconds(random() % (1000u << std::min(attempt, 7))));
    }
  }

  Attempt run_once(Mode mode, const Body& body) {
    auto taken = take();
    if (!taken) return {std::unexpected(taken.error())};
    auto connection = std::move(*taken);
    connection->begin_attempt();
    Attempt done{connection->command(mode == Mode::read ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN ISOLATION LEVEL SERIALIZABLE")};
    if (done.outcome) done.outcome = body(*connection);
    done.lost = !connection->alive();
    if (connection->alive() && !done.outcome) (void)connection->command("ROLLBACK");
    if (connection->alive() && done.outcome) {
      done.outcome = connection->commit();
      done.lost = mode == Mode::read && !connection->alive();
      if (mode == Mode::write && done.outcome) ++commits_;
      if (mode == Mode::write && !connection->alive()) done.outcome = unknown_end();
    }
    done.collided = connection->collided() && !done.outcome;
    give_back(connection->alive() ? std::move(connection) : nullptr);
    return done;
  }

  static Result<void> unknown_end() {
    return fail(Code::unavailable, "the metadata database went away while it committed: the change may or may not have happened", {},
                "look at the present state before trying again");
  }

  Result<std::unique_ptr<Connection>> take() {
    {
      std::unique_lock lock(mutex_);
      if (!back_.wait_for(lock, kMaxWait, [&] { return free_slots_ > 0; })) {
        return fail(Code::exhausted, "too many transactions wait for the metadata database", {}, "ask less at a time, then try again");
      }
      --free_slots_;
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    auto opened = Connection::open(url_, options_.prepare);
    if (!opened) give_back(nullptr);
    return opened;
  }

  void give_back(std::unique_ptr<Connection> connection) {
    {
      const std::lock_guard lock(mutex_);
      ++free_slots_;
      if (connection) idle_.push_back(std::move(connection));
    }
    back_.notify_one();
  }

  const std::string url_;
  const PostgresOptions options_;
  std::atomic<std::int64_t> commits_ = 0;
  std::mutex mutex_;
  std::condition_variable back_;
  std::size_t free_slots_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace

Result<std::unique_ptr<Db>> open_postgres(std::string_view url, PostgresOptions options) {
  std::string text(url);
  if (const auto at = text.find("prepare=0"); at != std::string::npos) {
    options.prepare = false;
    text.erase(at, std::string_view("prepare=0").size());
    if (text.ends_with('?') || text.ends_with('&')) text.pop_back();
  }
  (void)TRY(Connection::open(text, options.prepare));  // a wrong URL is told at the start
  return std::make_unique<PostgresDb>(std::move(text), options);
}

}  // namespace gyre::sql
