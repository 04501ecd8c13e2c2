#include "storage/sql/table_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/hash.h"

namespace gyre::sql {
namespace {

// A cursor gives so many rows at once, fewer where they are large.
constexpr std::int64_t kFirstFetchRows = 8, kMostFetchRows = 512;
constexpr std::size_t kSmallFetchBytes = 1 << 20, kLargeFetchBytes = 4 << 20;

struct Name {
  std::string name;
};

std::string list_of(std::span<const Column> columns) {
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + column.name;
  return list;
}

std::size_t bytes_of(std::span<const Value> row) {
  std::size_t bytes = 0;
  for (const auto& value : row) {
    if (const auto* text = std::get_if<std::string_view>(&value)) bytes += text->size();
    if (const auto* blob = std::get_if<Bytes>(&value)) bytes += blob->view.size();
  }
  return bytes;
}

// PostgreSQL's client would keep all rows of an answer in memory; a cursor gives them in parts.
Result<void> each_row_by_cursor(Tx& tx, std::string_view table, const std::string& query, const Tx::RowSink& sink) {
  TRY(tx.exec(fmt::format("DECLARE all_of_{} NO SCROLL CURSOR FOR {}", table, query)));
  for (std::int64_t wanted = kFirstFetchRows, got = wanted; got > 0;) {
    std::size_t bytes = 0;
    got = 0;
    TRY(tx.run_with(fmt::format("FETCH {} FROM all_of_{}", wanted, table), {}, [&](std::span<const Value> row) {
      ++got;
      bytes += bytes_of(row);
      sink(row);
    }));
    if (bytes < kSmallFetchBytes) wanted = std::min(wanted * 2, kMostFetchRows);
    if (bytes > kLargeFetchBytes) wanted = std::max<std::int64_t>(wanted / 2, 1);
  }
  return tx.exec(fmt::format("CLOSE all_of_{}", table));
}

void append_number(std::string& text, std::uint64_t number) { text.append(reinterpret_cast<const char*>(&number), sizeof number); }

void encode(std::string& text, const Value& value) {
  const auto sized = [&](std::string_view bytes) {
    append_number(text, bytes.size());
    text += bytes;
  };
  text += static_cast<char>('0' + value.index());
  switch (value.index()) {
    case 1:
      append_number(text, static_cast<std::uint64_t>(std::get<1>(value)));
      break;
    case 2:
      append_number(text, std::bit_cast<std::uint64_t>(std::get<2>(value)));
      break;
    case 3:
      sized(std::get<3>(value));
      break;
    case 4:
      sized(std::get<4>(value).view);
      break;
    default:
      break;
  }
}

}  // namespace

Result<std::vector<std::string>> tables_of(Tx& tx, Dialect dialect) {
  const auto rows = TRY(tx.select<Name>(dialect == Dialect::sqlite ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
                                                                     "ESCAPE '\\' ORDER BY rowid"
                                                                   : "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() "
                                                                     "ORDER BY table_name"));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

Result<std::vector<Column>> columns_of(Tx& tx, Dialect dialect, std::string_view table) {
  if (dialect == Dialect::sqlite) return tx.select<Column>("SELECT name, '' FROM pragma_table_info($1) ORDER BY name", table);
  return tx.select<Column>(
      "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 "
      "ORDER BY column_name COLLATE \"C\"",
      table);
}

Result<void> each_row(Tx& tx, Dialect dialect, std::string_view table, std::span<const Column> columns, const Tx::RowSink& sink) {
  const auto query = fmt::format("SELECT {} FROM {}", list_of(columns), table);
  return dialect == Dialect::sqlite ? tx.run_with(query, {}, sink) : each_row_by_cursor(tx, table, query, sink);
}

Value in_type(const Value& value, std::string_view type) {
  const auto* text = std::get_if<std::string_view>(&value);
  const auto* bytes = std::get_if<Bytes>(&value);
  const auto* number = std::get_if<std::int64_t>(&value);
  if (text && type == "bytea") return Bytes{*text};
  if (bytes && type != "bytea") return bytes->view;
  if (number && type == "double precision") return static_cast<double>(*number);
  return value;
}

void TableDigest::add(std::span<const Value> row) {
  encoded_.clear();
  for (const auto& value : row) encode(encoded_, value);
  const auto hex = sha256_hex(encoded_);
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    std::uint64_t part = 0;
    std::from_chars(hex.data() + i * 16, hex.data() + (i + 1) * 16, part, 16);
    sum_[i] += part;
  }
  ++rows_;
}

std::string TableDigest::hex() const { return fmt::format("{:016x}{:016x}{:016x}{:016x}", sum_[0], sum_[1], sum_[2], sum_[3]); }

}  // namespace gyre::sql
