#include "exchange/table_source.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace gyre::exchange {
namespace {

json::Value value_at(const query::ColumnData& data, query::Type type, std::size_t row) {
  if (!data.nulls.empty() && data.nulls[row]) return {};
  switch (type) {
    case query::Type::boolean:
      return data.integers[row] != 0;
    case query::Type::integer:
      return data.integers[row];
    case query::Type::timestamp:
      return data.integers[row] / 1000;  // milliseconds
    case query::Type::real:
      return data.reals[row];
    default:
      return data.texts[row];
  }
}

}  // namespace

Result<void> each_row(query::Engine& engine, std::string_view sql, const OnColumns& on_columns, const OnTableRow& on_row) {
  std::vector<query::Column> columns;
  return engine.run(
      sql, {},
      [&](const std::vector<query::Column>& found) {
        columns = found;
        if (on_columns) on_columns(found);
      },
      [&](const query::Block& block) -> Result<void> {
        std::vector<json::Value> row(columns.size());
        for (std::size_t i = 0; i < block.rows; ++i) {
          for (std::size_t column = 0; column < columns.size(); ++column) row[column] = value_at(block.columns[column], columns[column].type, i);
          TRY(on_row(row));
        }
        return {};
      });
}

std::string run_id_of(std::string_view kind, std::string_view name) { return sha256_hex(fmt::format("{}/{}", kind, name)).substr(0, 32); }

}  // namespace gyre::exchange
