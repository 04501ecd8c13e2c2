#include <fmt/format.h>

#include <algorithm>

#include "storage/sql/db.h"

namespace gyre::sql {
namespace {

// More rows a statement than this make SQLite slower again (64 to 256 rows of 4 values are its best: 0.6 us a row, beside
// 1.5 one by one), and save PostgreSQL little.
constexpr std::size_t kMaxParameters = 1024;

std::string insert_text(std::string_view table, std::span<const std::string_view> columns, std::size_t rows, std::string_view behind) {
  auto text = fmt::format("INSERT INTO {} ({}) VALUES ", table, fmt::join(columns, ", "));
  text.reserve(text.size() + rows * columns.size() * 7);
  std::size_t parameter = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    text += row == 0 ? "($" : ", ($";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += ", $";
      const fmt::format_int number(++parameter);
      text.append(number.data(), number.size());
    }
    text += ')';
  }
  text += ' ';
  text += behind;
  return text;
}

}  // namespace

// Statements of few different lengths, so that the cache of prepared ones serves them again: full blocks, then powers of two.
Result<void> Tx::insert_many(std::string_view table, std::span<const std::string_view> columns, std::span<const Value> rows, std::string_view behind,
                             const RowSink& on_row) {
  const auto width = columns.size();
  const std::size_t most = std::max<std::size_t>(1, std::bit_floor(kMaxParameters / width));
  auto left = rows.size() / width;
  std::string text;
  for (std::size_t in_text = 0; left > 0;) {
    const auto count = std::min(most, std::bit_floor(left));
    if (count != in_text) text = insert_text(table, columns, in_text = count, behind);
    const auto block = rows.first(count * width);
    rows = rows.subspan(block.size());
    left -= count;
    TRY(left > 0 && !on_row ? noted(run_late(text, block)) : run_with(text, block, on_row));
  }
  return {};
}

}  // namespace gyre::sql
