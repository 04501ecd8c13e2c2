// One connection to PostgreSQL. Inside this folder only.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/sql/db.h"

struct pg_conn;
struct pg_result;

namespace gyre::sql {

// Statements travel together as far as their outcomes allow (libpq's pipeline mode): the start of a transaction goes with its first
// statement, the end with those that may come late, and each journey costs one answer's time.
class PostgresConnection final : public Tx {
 public:
  static Result<std::unique_ptr<PostgresConnection>> open(const std::string& url, bool prepare);
  ~PostgresConnection() override;

  // `how` is what follows BEGIN.
  Result<void> begin(std::string_view how);
  // Hears from the server if nothing was heard since begin(): a connection that is gone until then has committed nothing.
  Result<void> hear();
  Result<void> commit();
  void rollback();
  // Whether a statement since begin() lost against another transaction, so that the body may run again.
  bool collided() const { return collided_; }
  bool alive() const;
  // Fit for another transaction.
  bool idle() const;

  std::int64_t changed_rows() const override { return changed_; }

 private:
  using Answer = std::unique_ptr<pg_result, void (*)(pg_result*)>;
  struct Owed {
    std::string prepares = {};  // the statement that it makes known to the server, if any
  };

  PostgresConnection(pg_conn* pg, bool prepare) : pg_(pg), prepare_(prepare) {}
  Result<void> run(std::string_view statement, std::span<const Value> args, const RowSink& on_row) override;
  Result<void> run_late(std::string_view statement, std::span<const Value> args) override;

  Result<void> send(std::string_view statement, std::span<const Value> args);
  Result<void> send_plain(const std::string& statement);
  Result<std::string> name_of(const std::string& statement);
  Result<void> forget_statements();
  Result<Answer> settle();
  Answer next_answer();
  Result<void> check(pg_result* answer);

  pg_conn* pg_;
  const bool prepare_;
  bool collided_ = false;
  bool heard_ = false;           // since begin(), from the server
  bool patterns_timed_ = false;  // since begin(): statements have a time limit for their regular expressions
  std::int64_t changed_ = 0;
  std::uint64_t made_ = 0;
  std::unordered_map<std::string, std::string> prepared_;  // by statement, their names
  std::vector<Owed> owed_;                                 // answers to what was sent, in order
  std::size_t owed_bytes_ = 0;
};

}  // namespace gyre::sql
