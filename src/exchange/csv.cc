// CSV files.
#include <fmt/format.h>

#include <algorithm>

#include "base/case.h"
#include "exchange/mlflow_tables.h"
#include "exchange/series_maker.h"
#include "exchange/table_source.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNone = SIZE_MAX;

struct Shape {
  std::vector<query::Column> columns;
  std::size_t run = kNone, step = kNone, time = kNone, metric = kNone, value = kNone;
  bool is_long() const { return metric != kNone && value != kNone; }
  bool is_special(std::size_t column) const {
    return column == run || column == step || column == time || (is_long() && (column == metric || column == value));
  }
};

Shape shape_of(const std::vector<query::Column>& columns) {
  Shape shape{columns};
  const auto find = [&](std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
      const auto at = std::ranges::find_if(columns, [&](const query::Column& column) { return lower(column.name) == name; });
      if (at != columns.end()) return static_cast<std::size_t>(at - columns.begin());
    }
    return kNone;
  };
  shape.run = find({"run", "run_id", "run_name"});
  shape.step = find({"step", "epoch", "_step"});
  shape.time = find({"time", "timestamp", "at", "_timestamp"});
  shape.metric = find({"metric", "key"});
  shape.value = find({"value"});
  return shape;
}

// A number is seconds since 1970 where it is small, else milliseconds.
TimeMs time_of(const json::Value& value, query::Type type) {
  constexpr double kMostSeconds = 1e11;
  const auto number = value.number_or(0);
  if (type == query::Type::timestamp || std::abs(number) > kMostSeconds) return value.int_or(static_cast<TimeMs>(std::clamp(number, -9e18, 9e18)));
  return static_cast<TimeMs>(number * 1000);
}

class Csv final : public Source {
 public:
  Csv(fs::path file, std::string experiment) : file_(std::move(file)), experiment_(std::move(experiment)), engine_(query::open({})) {}
  std::string description() const override { return fmt::format("the table '{}'", file_.string()); }

  // Twice, for a run is told before its points.
  Result<void> read(Sink& sink) override {
    const auto name = file_.stem().string();
    const auto experiment = experiment_.empty() ? clean(name) : experiment_;
    TRY(sink.record(Experiment{experiment, experiment, "", "active", 0, 0, {}}));
    const auto base = fmt::format("SELECT * FROM read_csv({}, header = true, sample_size = -1)", query::quote(file_.string()));
    const auto runs = TRY(read_runs(base, clean(name), experiment));
    for (const auto& [run_name, run] : runs) TRY(sink.record(Run(run)));
    return tell_points(base, clean(name), experiment, sink);
  }

 private:
  static std::string name_in(const Shape& shape, const std::vector<json::Value>& row, const std::string& otherwise) {
    const auto name = shape.run == kNone ? "" : json::unquoted(row[shape.run]);
    return name.empty() || name == "null" ? otherwise : clean(name);
  }

  Result<std::map<std::string, Run>> read_runs(const std::string& sql, const std::string& otherwise, const std::string& experiment) {
    std::map<std::string, Run> runs;
    Shape shape;
    TRY(each_row(
        *engine_, sql, [&](const auto& columns) { shape = shape_of(columns); },
        [&](const std::vector<json::Value>& row) -> Result<void> {
          const auto name = name_in(shape, row, otherwise);
          const auto [at, fresh] = runs.try_emplace(name);
          if (!fresh) return {};
          auto& run = at->second;
          const auto at_ms = shape.time == kNone ? 0 : time_of(row[shape.time], shape.columns[shape.time].type);
          run.info = {run_id_of("csv", fmt::format("{}/{}", experiment, name)), experiment, name, "", "FINISHED", at_ms, std::nullopt, "active", ""};
          run.tags = {{"mlflow.runName", name}};
          for (std::size_t i = 0; i < row.size(); ++i) {
            if (!shape.is_special(i) && !row[i].is_number() && !row[i].is_null())
              run.params.push_back({clean(shape.columns[i].name), clean(json::unquoted(row[i]))});
          }
          return {};
        }));
    return runs;
  }

  Result<void> tell_points(const std::string& sql, const std::string& otherwise, const std::string& experiment, Sink& sink) {
    SeriesMaker maker(sink);
    Shape shape;
    std::map<std::string, std::int64_t> rows;  // of each run: its steps where none are told
    const auto by_run = [&](const Shape& found) { return found.run == kNone ? sql : fmt::format("{} ORDER BY {}", sql, found.run + 1); };
    TRY(each_row(*engine_, sql + " LIMIT 0", [&](const auto& columns) { shape = shape_of(columns); }, [](const auto&) { return Result<void>(); }));
    TRY(each_row(*engine_, by_run(shape), {}, [&](const std::vector<json::Value>& row) -> Result<void> {
      const auto name = name_in(shape, row, otherwise);
      const auto id = run_id_of("csv", fmt::format("{}/{}", experiment, name));
      const auto step = TRY(tracking::step_of(shape.step == kNone ? static_cast<double>(rows[name]) : row[shape.step].number_or(0)));
      ++rows[name];
      tracking::AdoptedPoint point{step.whole, shape.time == kNone ? 0 : time_of(row[shape.time], shape.columns[shape.time].type), 0, step.fraction};
      if (shape.is_long()) {
        point.value = row[shape.value].number_or(0);
        return row[shape.value].is_number() ? maker.add(id, clean(json::unquoted(row[shape.metric])), point) : Result<void>();
      }
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (shape.is_special(i) || !row[i].is_number()) continue;
        point.value = row[i].number_or(0);
        TRY(maker.add(id, clean(shape.columns[i].name), point));
      }
      return {};
    }));
    return maker.finish();
  }

  const fs::path file_;
  const std::string experiment_;
  const std::unique_ptr<query::Engine> engine_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_csv(const fs::path& file, const SourceOptions& options) { return std::make_unique<Csv>(file, options.experiment); }

}  // namespace gyre::exchange
