#include <fmt/format.h>

#include <algorithm>

#include "storage/sql/db.h"

namespace gyre::sql {
namespace {

constexpr std::size_t kMaxParameters = 8000;  // SQLite takes 32,766, PostgreSQL 65,535; longer texts parse slower than they save

std::string insert_text(std::string_view table, std::span<const std::string_view> columns, std::size_t rows, std::string_view on_conflict) {
  auto text = fmt::format("INSERT INTO {} ({}) VALUES ", table, fmt::join(columns, ", "));
  std::size_t parameter = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    text += row == 0 ? "(" : ", (";
    for (std::size_t i = 0; i < columns.size(); ++i) fmt::format_to(std::back_inserter(text), "{}${}", i == 0 ? "" : ", ", ++parameter);
    text += ')';
  }
  text += ' ';
  text += on_conflict;
  return text;
}

}  // namespace

// Statements of few different lengths, so that the cache of prepared ones serves them again: full blocks, then powers of two.
Result<void> Tx::insert_many(std::string_view table, std::span<const std::string_view> columns, std::span<const Value> rows,
                             std::string_view on_conflict) {
  const auto width = columns.size();
  const std::size_t most = std::bit_floor(kMaxParameters / width);
  auto left = rows.size() / width;
  while (left > 0) {
    const auto count = std::min(most, std::bit_floor(left));
    TRY(run_with(insert_text(table, columns, count, on_conflict), rows.first(count * width)));
    rows = rows.subspan(count * width);
    left -= count;
  }
  return {};
}

}  // namespace gyre::sql
