#include "storage/sql/postgres_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <utility>

#include "storage/sql/pattern_time.h"
#include "storage/sql/postgres_values.h"

namespace gyre::sql {
namespace {

constexpr auto kConnectTimeoutSeconds = "10";
constexpr std::size_t kMaxPrepared = 512;
constexpr std::size_t kMaxOwed = 64, kMaxOwedBytes = 1 << 20;  // the server's answers to them fit into the socket's buffers

constexpr std::string_view kPattern = " ~ $";  // values are bound: nothing else is written so

constexpr std::string_view kCancelled = "57014";  // by a timeout, or by its administrator

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
  if (code == kCancelled) return fail(Code::unavailable, "the metadata database cancelled a statement", detail, "raise its statement_timeout for Gyre's user");
  return fail(Code::internal, "the metadata database failed", detail);
}

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url, bool prepare) {
  const char* const names[] = {"connect_timeout", "fallback_application_name", "dbname", nullptr};  // the URL, last, wins
  const char* const values[] = {kConnectTimeoutSeconds, "gyre", url.c_str(), nullptr};
  std::unique_ptr<PostgresConnection> made(new PostgresConnection(PQconnectdbParams(names, values, 1), prepare));
  if (PQstatus(made->pg_) != CONNECTION_OK) {
    return fail(Code::unavailable, "the metadata database cannot be reached", PQerrorMessage(made->pg_), "check that PostgreSQL runs and the URL is right");
  }
  PQsetNoticeProcessor(made->pg_, [](void*, const char*) {}, nullptr);
  if (PQenterPipelineMode(made->pg_) != 1) return failure(made->pg_, nullptr);
  TRY(made->send_plain("SET client_min_messages = warning"));
  TRY(made->settle());
  return made;
}

PostgresConnection::~PostgresConnection() { PQfinish(pg_); }

bool PostgresConnection::alive() const { return PQstatus(pg_) == CONNECTION_OK; }
bool PostgresConnection::idle() const { return alive() && owed_.empty() && PQtransactionStatus(pg_) == PQTRANS_IDLE; }

Result<void> PostgresConnection::begin(std::string_view how) {
  collided_ = heard_ = patterns_timed_ = false;
  return send(fmt::format("BEGIN {}", how), {});
}

Result<void> PostgresConnection::hear() {
  if (!heard_) TRY(settle());
  return {};
}

// COMMIT of a transaction in which a statement failed answers "ROLLBACK" as if all were well.
Result<void> PostgresConnection::commit() {
  TRY(send("COMMIT", {}));
  const auto answer = TRY(settle());
  if (std::string_view(PQcmdStatus(answer.get())) != "COMMIT") return fail(Code::internal, "the metadata database failed", "COMMIT rolled back");
  return {};
}

void PostgresConnection::rollback() {
  (void)settle();
  if (!alive() || PQtransactionStatus(pg_) == PQTRANS_IDLE) return;
  if (send_plain("ROLLBACK")) (void)settle();
}

Result<void> PostgresConnection::run(std::string_view statement, std::span<const Value> args, const RowSink& on_row) {
  if (statement.contains(kPattern)) {
    TRY(send_plain(fmt::format("SET LOCAL statement_timeout = {}", std::max<std::int64_t>(1, pattern_ms()))));
    patterns_timed_ = true;
  }
  TRY(send(statement, args));
  const auto answer = TRY(settle());
  changed_ = parse_count(PQcmdTuples(answer.get()));
  if (on_row) hand_over(answer.get(), on_row);
  return {};
}

Result<void> PostgresConnection::run_late(std::string_view statement, std::span<const Value> args) {
  TRY(send(statement, args));
  if (owed_.size() >= kMaxOwed || owed_bytes_ >= kMaxOwedBytes) TRY(settle());
  return {};
}

Result<void> PostgresConnection::send_plain(const std::string& statement) {
  if (PQsendQueryParams(pg_, statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) return failure(pg_, nullptr);
  owed_.emplace_back();
  return {};
}

Result<void> PostgresConnection::send(std::string_view statement, std::span<const Value> args) {
  for (const auto& arg : args) {
    const auto* text = std::get_if<std::string_view>(&arg);
    if (text && text->contains('\0')) return fail(Code::invalid, "text may not hold a NUL character");  // it would end there
  }
  const PostgresParameters p(args);
  const std::string text(statement);
  const auto name = prepare_ ? TRY(name_of(text)) : std::string();
  const auto sent = prepare_ ? PQsendQueryPrepared(pg_, name.c_str(), p.count(), p.values(), p.lengths(), p.formats(), 0)
                             : PQsendQueryParams(pg_, text.c_str(), p.count(), nullptr, p.values(), p.lengths(), p.formats(), 0);
  if (sent != 1) return failure(pg_, nullptr);
  owed_.emplace_back();
  owed_bytes_ += p.size_bytes();
  return {};
}

Result<std::string> PostgresConnection::name_of(const std::string& statement) {
  if (const auto found = prepared_.find(statement); found != prepared_.end()) return found->second;
  if (prepared_.size() >= kMaxPrepared) TRY(forget_statements());
  auto name = fmt::format("s{}", ++made_);
  if (PQsendPrepare(pg_, name.c_str(), statement.c_str(), 0, nullptr) != 1) return failure(pg_, nullptr);
  owed_.push_back({.prepares = statement});
  prepared_.emplace(statement, name);
  return name;
}

// Heard of before any is made again: where it fails, what is known here is what the server knows.
Result<void> PostgresConnection::forget_statements() {
  TRY(settle());
  TRY(send_plain("DEALLOCATE ALL"));
  TRY(settle());
  prepared_.clear();
  return {};
}

// A statement's answer; libpq ends each with a null.
PostgresConnection::Answer PostgresConnection::next_answer() {
  Answer answer(PQgetResult(pg_), &PQclear);
  while (answer && Answer(PQgetResult(pg_), &PQclear)) continue;
  return answer;
}

// Waits for the answers to all that was sent; the last of them, or the first failure, after which the server skipped the rest.
Result<PostgresConnection::Answer> PostgresConnection::settle() {
  Answer last(nullptr, &PQclear);
  Result<void> outcome;
  const auto owed = std::exchange(owed_, {});
  owed_bytes_ = 0;
  if (owed.empty()) return last;
  if (PQpipelineSync(pg_) != 1) return failure(pg_, nullptr);
  for (const auto& one : owed) {
    last = next_answer();
    const auto status = PQresultStatus(last.get());
    if (!one.prepares.empty() && status != PGRES_COMMAND_OK) prepared_.erase(one.prepares);
    if (outcome && status != PGRES_PIPELINE_ABORTED) outcome = check(last.get());
    if (!alive()) break;
  }
  const Answer end(alive() ? PQgetResult(pg_) : nullptr, &PQclear);  // of the journey
  if (outcome && PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC) outcome = failure(pg_, nullptr);
  TRY(outcome);
  heard_ = true;
  return last;
}

Result<void> PostgresConnection::check(pg_result* answer) {
  const auto status = PQresultStatus(answer);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
  const char* state = answer ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : nullptr;
  collided_ = collided_ || (state && is_collision(state));
  if (patterns_timed_ && state && state == kCancelled) return patterns_took_too_long();
  return failure(pg_, answer);
}

}  // namespace gyre::sql
