#include <fmt/format.h>

#include "base/clock.h"
#include "query/query.h"

namespace gyre::query {
namespace {

json::Value cell(const Column& column, const ColumnData& data, std::size_t row) {
  if (data.nulls[row]) return {};
  switch (column.type) {
    case Type::boolean:
      return data.integers[row] != 0;
    case Type::integer:
      return data.integers[row];
    case Type::real:
      return data.reals[row];
    case Type::timestamp:
      return to_iso(data.integers[row] / 1000);
    case Type::text:
    case Type::other:
      return data.texts[row];
  }
  return {};
}

std::string doubled(std::string_view text, char mark) {
  std::string out(1, mark);
  for (const char c : text) {
    out += c;
    if (c == mark) out += c;
  }
  return out + mark;
}

}  // namespace

std::string quote(std::string_view text) { return doubled(text, '\''); }
std::string quote_name(std::string_view name) { return doubled(name, '"'); }

Result<Table> fetch(Engine& engine, std::string_view sql, const std::vector<json::Value>& args, std::size_t limit) {
  Table table;
  TRY(engine.run(
      sql, args, [&](const std::vector<Column>& columns) { table.columns = columns; },
      [&](const Block& block) -> Result<void> {
        for (std::size_t row = 0; row < block.rows && table.rows.size() < limit; ++row) {
          auto& cells = table.rows.emplace_back();
          for (std::size_t i = 0; i < block.columns.size(); ++i) cells.push_back(cell(table.columns[i], block.columns[i], row));
        }
        return {};
      }));
  return table;
}

Result<void> execute(Engine& engine, std::string_view sql, const std::vector<json::Value>& args) {
  return engine.run(sql, args, [](const auto&) {}, [](const Block&) -> Result<void> { return {}; });
}

Result<Shape> describe(Engine& engine, const std::filesystem::path& file, std::string_view format) {
  const auto reader = format == "parquet" ? "read_parquet" : format == "csv" ? "read_csv" : format == "json" ? "read_json" : "";
  if (std::string_view(reader).empty()) return fail(Code::invalid, fmt::format("'{}' is not a format with columns: expected parquet, csv or json", format));
  const auto from = fmt::format("{}({})", reader, quote(file.string()));
  Shape shape;
  TRY(engine.run(
      fmt::format("SELECT * FROM {} LIMIT 0", from), {}, [&](const std::vector<Column>& columns) { shape.columns = columns; },
      [](const Block&) -> Result<void> { return {}; }));
  const auto count = TRY(fetch(engine, fmt::format("SELECT COUNT(*) FROM {}", from)));
  shape.rows = count.rows.front().front().int_or(0);
  return shape;
}

}  // namespace gyre::query
