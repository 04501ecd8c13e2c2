#include "tracking/filter_arithmetic.h"

#include <fmt/format.h>

namespace gyre::tracking {
namespace {

std::string in_sqlite(char sign, const std::string& left, const std::string& right) {
  if (sign == '/') return fmt::format("(CAST({} AS DOUBLE PRECISION) / NULLIF({}, 0))", left, right);
  return fmt::format("({} {} {})", left, sign, right);
}

// PostgreSQL refuses a whole statement where one sum of it overflows or a product becomes zero. So what would is told before it is
// reckoned: by the size of both sides, or by their logarithms' sum. The inner SELECT reads each side once.
constexpr std::string_view kInfinite = "CAST('Infinity' AS DOUBLE PRECISION)";
constexpr std::string_view kSum =
    "CASE WHEN v.x IS NULL OR v.y IS NULL THEN NULL WHEN ABS(v.x) < 8e307 AND ABS(v.y) < 8e307 OR ABS(v.x) = {0} OR ABS(v.y) = {0} THEN v.x {1} v.y "
    "WHEN SIGN(v.x) <> SIGN({2}v.y) THEN v.x {1} v.y "
    "WHEN ABS(v.x) < 1.79e308 - ABS(v.y) THEN v.x {1} v.y ELSE SIGN(v.x) * {0} END";
constexpr std::string_view kProduct =
    "CASE WHEN v.x IS NULL OR v.y IS NULL THEN NULL WHEN v.x = 0 OR v.y = 0 OR ABS(v.x) = {0} OR ABS(v.y) = {0} THEN v.x {1} v.y "
    "WHEN LOG(ABS(v.x)) {2} LOG(ABS(v.y)) > 308.25 THEN SIGN(v.x) * SIGN(v.y) * {0} "
    "WHEN LOG(ABS(v.x)) {2} LOG(ABS(v.y)) < -323.3 THEN 0 ELSE v.x {1} v.y END";

// The last argument is the sign before the right side of a sum, or between the logarithms of a product.
std::string guarded(char sign) {
  switch (sign) {
    case '+':
      return fmt::format(kSum, kInfinite, sign, "");
    case '-':
      return fmt::format(kSum, kInfinite, sign, "-");
    case '*':
      return fmt::format(kProduct, kInfinite, sign, "+");
    default:
      return fmt::format(kProduct, kInfinite, sign, "-");
  }
}

std::string in_postgres(char sign, const std::string& left, const std::string& right) {
  const auto divisor = sign == '/' ? fmt::format("NULLIF(CAST({} AS DOUBLE PRECISION), 0)", right) : fmt::format("CAST({} AS DOUBLE PRECISION)", right);
  return fmt::format("(SELECT NULLIF({}, CAST('NaN' AS DOUBLE PRECISION)) FROM (SELECT CAST({} AS DOUBLE PRECISION) AS x, {} AS y OFFSET 0) AS v)",
                     guarded(sign), left, divisor);
}

}  // namespace

std::string arithmetic_sql(sql::Dialect dialect, char sign, const std::string& left, const std::string& right) {
  return dialect == sql::Dialect::sqlite ? in_sqlite(sign, left, right) : in_postgres(sign, left, right);
}

}  // namespace gyre::tracking
