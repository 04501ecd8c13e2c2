// Values as libpq takes and gives them. Inside this folder only.
#pragma once

#include <string>
#include <vector>

#include "storage/sql/db.h"

struct pg_result;

namespace gyre::sql {

// Arguments in libpq's shape; text form for all but bytes. `args` may go.
class PostgresParameters {
 public:
  explicit PostgresParameters(std::span<const Value> args);
  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  std::size_t size_bytes() const;

 private:
  void add(const Value& arg);

  std::vector<std::string> texts_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
};

// The rows of an answer, each while it is handed over.
void hand_over(const pg_result* answer, const Tx::RowSink& on_row);

std::int64_t parse_count(const char* text);

}  // namespace gyre::sql
