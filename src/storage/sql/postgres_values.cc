#include "storage/sql/postgres_values.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <limits>
#include <numeric>

namespace gyre::sql {
namespace {

// Object identifiers of the types that are read as numbers; pg_type.dat of PostgreSQL.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701;

std::string number_text(double number) {
  if (number != number) return "NaN";
  if (number - number != 0) return number > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{}", number);
}

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

Value value_of(const PGresult* answer, int row, int column, std::string& keep) {
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

}  // namespace

PostgresParameters::PostgresParameters(std::span<const Value> args) {
  texts_.reserve(args.size());
  for (const auto& arg : args) add(arg);
  for (std::size_t i = 0; i < args.size(); ++i) {
    const bool null = std::holds_alternative<std::monostate>(args[i]);
    values_.push_back(null ? nullptr : texts_[i].c_str());
    lengths_.push_back(static_cast<int>(texts_[i].size()));
    formats_.push_back(std::holds_alternative<Bytes>(args[i]) ? 1 : 0);
  }
}

std::size_t PostgresParameters::size_bytes() const { return std::accumulate(lengths_.begin(), lengths_.end(), std::size_t{0}); }

void PostgresParameters::add(const Value& arg) {
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

void hand_over(const PGresult* answer, const Tx::RowSink& on_row) {
  const int rows = PQntuples(answer), columns = PQnfields(answer);
  std::vector<Value> row(static_cast<std::size_t>(columns));
  std::vector<std::string> bytes(static_cast<std::size_t>(columns));
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) row[static_cast<std::size_t>(c)] = value_of(answer, r, c, bytes[static_cast<std::size_t>(c)]);
    on_row(row);
  }
}

std::int64_t parse_count(const char* text) { return parsed<std::int64_t>(text); }

}  // namespace gyre::sql
