// All points of all runs, in the order of an index where there is one.
#include <fmt/format.h>

#include <limits>

#include "exchange/mlflow_database.h"
#include "exchange/series_maker.h"

namespace gyre::exchange {
namespace {

std::string_view raw_text(const sql::Value& value, std::string& keep) {
  if (const auto* text = std::get_if<std::string_view>(&value); text && is_clean(*text)) return *text;
  return keep = text_of(value);
}

}  // namespace

Result<void> read_points(MlflowReading& reading) {
  const auto& tables = reading.tables;
  if (!tables.has("metrics")) return {};
  const auto query = fmt::format(R"(SELECT "run_uuid", "key", "value", {}, {}, {} FROM "metrics" ORDER BY "run_uuid")",
                                 tables.column("metrics", "timestamp", "0"), tables.column("metrics", "step", "0"), tables.column("metrics", "is_nan", "0"));
  SeriesMaker maker(reading.sink);
  std::string run_id, key;
  TRY(tables.each(query, [&](Row row) {
    tracking::AdoptedPoint point{whole_of(row[4]), whole_of(row[3]), real_of(row[2])};
    if (whole_of(row[5]) != 0) point.value = std::numeric_limits<double>::quiet_NaN();
    return maker.add(raw_text(row[0], run_id), raw_text(row[1], key), point);
  }));
  return maker.finish();
}

}  // namespace gyre::exchange
