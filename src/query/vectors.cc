#include "query/vectors.h"

namespace gyre::query {
namespace {

constexpr double kHigherWord = 18446744073709551616.0;  // 2^64: what the upper half of 128 bits counts
constexpr std::int64_t kDayUs = 86'400'000'000;

double to_double(const duckdb_hugeint& value) { return static_cast<double>(value.upper) * kHigherWord + static_cast<double>(value.lower); }

template <class Source, class Target>
void copy(const void* data, std::size_t rows, std::vector<Target>& out) {
  const auto* values = static_cast<const Source*>(data);
  out.assign(values, values + rows);
}

void copy_huge(const void* data, std::size_t rows, std::vector<std::int64_t>& out) {
  const auto* values = static_cast<const duckdb_hugeint*>(data);
  out.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) out[i] = static_cast<std::int64_t>(values[i].lower);  // sums of 64-bit counts fit
}

void copy_date(const void* data, std::size_t rows, std::vector<std::int64_t>& out) {
  const auto* days = static_cast<const std::int32_t*>(data);
  out.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) out[i] = days[i] * kDayUs;
}

void copy_text(const void* data, std::size_t rows, ColumnData& out) {
  constexpr std::uint32_t kInlined = sizeof(duckdb_string_t{}.value.inlined.inlined);  // a longer text lies elsewhere
  const auto* values = static_cast<const duckdb_string_t*>(data);
  out.texts.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    if (out.nulls[i]) continue;
    const auto& value = values[i].value;
    const auto size = value.inlined.length;
    out.texts[i].assign(size <= kInlined ? value.inlined.inlined : value.pointer.ptr, size);
  }
}

// An enumeration's value is its place among its words, in as few bytes as they need.
std::size_t place_at(duckdb_type type, const void* data, std::size_t row) {
  switch (type) {
    case DUCKDB_TYPE_UTINYINT:
      return static_cast<const std::uint8_t*>(data)[row];
    case DUCKDB_TYPE_USMALLINT:
      return static_cast<const std::uint16_t*>(data)[row];
    default:
      return static_cast<const std::uint32_t*>(data)[row];
  }
}

}  // namespace

Type type_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return Type::boolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
      return Type::integer;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return Type::real;
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_ENUM:
      return Type::text;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_DATE:
      return Type::timestamp;
    default:
      return Type::other;
  }
}

std::string_view sql_type_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_UTINYINT:
      return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT:
      return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER:
      return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_DECIMAL:
      return "DECIMAL";
    case DUCKDB_TYPE_VARCHAR:
      return "VARCHAR";
    case DUCKDB_TYPE_ENUM:
      return "ENUM";
    case DUCKDB_TYPE_TIMESTAMP:
      return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return "TIMESTAMPTZ";
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_LIST:
      return "LIST";
    case DUCKDB_TYPE_STRUCT:
      return "STRUCT";
    case DUCKDB_TYPE_BLOB:
      return "BLOB";
    default:
      return "OTHER";
  }
}

void VectorReader::read(duckdb_vector vector, std::size_t rows, ColumnData& out) const {
  const auto* validity = api_.duckdb_vector_get_validity(vector);
  out.nulls.assign(rows, false);
  if (validity) {
    for (std::size_t i = 0; i < rows; ++i) out.nulls[i] = !(validity[i / 64] >> (i % 64) & 1);
  }
  read_values(vector, rows, out);
}

void VectorReader::read_values(duckdb_vector vector, std::size_t rows, ColumnData& out) const {
  const void* data = api_.duckdb_vector_get_data(vector);
  switch (type_) {
    case DUCKDB_TYPE_BOOLEAN:
      return copy<bool>(data, rows, out.integers);
    case DUCKDB_TYPE_TINYINT:
      return copy<std::int8_t>(data, rows, out.integers);
    case DUCKDB_TYPE_SMALLINT:
      return copy<std::int16_t>(data, rows, out.integers);
    case DUCKDB_TYPE_INTEGER:
      return copy<std::int32_t>(data, rows, out.integers);
    case DUCKDB_TYPE_BIGINT:
      return copy<std::int64_t>(data, rows, out.integers);
    case DUCKDB_TYPE_UTINYINT:
      return copy<std::uint8_t>(data, rows, out.integers);
    case DUCKDB_TYPE_USMALLINT:
      return copy<std::uint16_t>(data, rows, out.integers);
    case DUCKDB_TYPE_UINTEGER:
      return copy<std::uint32_t>(data, rows, out.integers);
    case DUCKDB_TYPE_UBIGINT:
      return copy<std::uint64_t>(data, rows, out.integers);
    case DUCKDB_TYPE_HUGEINT:
      return copy_huge(data, rows, out.integers);
    case DUCKDB_TYPE_FLOAT:
      return copy<float>(data, rows, out.reals);
    case DUCKDB_TYPE_DOUBLE:
      return copy<double>(data, rows, out.reals);
    case DUCKDB_TYPE_DECIMAL:
      return copy_decimal(data, rows, out.reals);
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return copy<std::int64_t>(data, rows, out.integers);
    case DUCKDB_TYPE_DATE:
      return copy_date(data, rows, out.integers);
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return copy_text(data, rows, out);
    case DUCKDB_TYPE_ENUM:
      return copy_words(data, rows, out);
    default:
      out.texts.assign(rows, "");
  }
}

void VectorReader::copy_decimal(const void* data, std::size_t rows, std::vector<double>& out) const {
  double unit = 1;
  for (int i = 0; i < api_.duckdb_decimal_scale(logical_); ++i) unit *= 10;
  switch (api_.duckdb_decimal_internal_type(logical_)) {
    case DUCKDB_TYPE_SMALLINT:
      copy<std::int16_t>(data, rows, out);
      break;
    case DUCKDB_TYPE_INTEGER:
      copy<std::int32_t>(data, rows, out);
      break;
    case DUCKDB_TYPE_BIGINT:
      copy<std::int64_t>(data, rows, out);
      break;
    default: {
      const auto* values = static_cast<const duckdb_hugeint*>(data);
      out.resize(rows);
      for (std::size_t i = 0; i < rows; ++i) out[i] = to_double(values[i]);
    }
  }
  for (auto& value : out) value /= unit;
}

void VectorReader::copy_words(const void* data, std::size_t rows, ColumnData& out) const {
  const auto type = api_.duckdb_enum_internal_type(logical_);
  out.texts.assign(rows, "");
  for (std::size_t i = 0; i < rows; ++i) {
    if (out.nulls[i]) continue;
    char* word = api_.duckdb_enum_dictionary_value(logical_, place_at(type, data, i));
    if (word) out.texts[i] = word;
    api_.duckdb_free(word);
  }
}

}  // namespace gyre::query
