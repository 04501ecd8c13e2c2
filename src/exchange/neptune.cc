// What neptune-exporter wrote: https://github.com/neptune-ai/neptune-exporter, src/neptune_exporter/model.py
#include <fmt/format.h>

#include <algorithm>

#include "exchange/mlflow_tables.h"
#include "exchange/series_maker.h"
#include "exchange/table_source.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

// Only what is of use as an id of a run everywhere; else one is made of it.
std::string id_of(const std::string& project, const std::string& run) {
  const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; };
  return !run.empty() && std::ranges::all_of(run, plain) ? run : run_id_of("neptune", project + "/" + run);
}

class Neptune final : public Source {
 public:
  explicit Neptune(fs::path folder) : folder_(std::move(folder)), engine_(query::open({})) {}
  std::string description() const override { return fmt::format("Neptune's export in '{}'", folder_.string()); }

  Result<void> read(Sink& sink) override {
    TRY(tell_runs(sink));
    TRY(tell_points(sink));
    return tell_rest(sink);
  }

 private:
  std::string from() const { return fmt::format("FROM read_parquet({}, union_by_name = true)", query::quote((folder_ / "**/*.parquet").string())); }

  void take(Run& run, const std::string& path, const std::string& type, const std::vector<json::Value>& row) {
    const auto& value = type == "int"        ? row[4]
                        : type == "float"    ? row[5]
                        : type == "string"   ? row[6]
                        : type == "bool"     ? row[7]
                        : type == "datetime" ? row[8]
                                             : row[9];
    const auto text = value.is_null() ? "" : clean(json::unquoted(value));
    if (path == "sys/name") run.info.name = text;
    if (path == "sys/owner") run.info.user = text;
    if (path == "sys/creation_time") run.info.start_ms = value.int_or(0);
    if (path == "sys/failed" && value.bool_or(false)) run.info.status = "FAILED";
    if (path == "sys/modification_time" && value.int_or(0) > 0) run.info.end_ms = value.int_or(0);
    if (path == "sys/description" && !text.empty()) run.tags.push_back({"mlflow.note.content", text});
    if (path.starts_with("sys/")) {
      run.tags.push_back({"neptune." + path, text});
    } else {
      run.params.push_back({path, text});
    }
  }

  Result<void> tell_runs(Sink& sink) {
    std::optional<Run> run;
    std::string project;
    const auto hand_over = [&]() -> Result<void> {
      if (!run) return {};
      if (run->info.name.empty()) run->info.name = run->info.id;
      run->tags.push_back({"mlflow.runName", run->info.name});
      return sink.record(std::exchange(run, std::nullopt).value());
    };
    std::vector<std::string> projects;
    TRY(each_row(*engine_, fmt::format("SELECT DISTINCT project_id {} ORDER BY 1", from()), {}, [&](const std::vector<json::Value>& row) {
      projects.push_back(clean(json::unquoted(row[0])));
      return Result<void>();
    }));
    for (const auto& one : projects) TRY(sink.record(Experiment{one, one, "", "active", 0, 0, {}}));
    const auto sql = fmt::format(
        "SELECT project_id, run_id, attribute_path, attribute_type, int_value, float_value, string_value, bool_value, datetime_value, "
        "CAST(string_set_value AS VARCHAR) {} WHERE attribute_type IN ('int', 'float', 'string', 'bool', 'datetime', 'string_set') ORDER BY 1, 2, 3",
        from());
    TRY(each_row(*engine_, sql, {}, [&](const std::vector<json::Value>& row) -> Result<void> {
      const auto in = clean(json::unquoted(row[0])), id = id_of(in, clean(json::unquoted(row[1])));
      if (!run || run->info.id != id) {
        TRY(hand_over());
        run.emplace();
        run->info = {id, in, "", "", "FINISHED", 0, std::nullopt, "active", ""};
      }
      take(*run, clean(json::unquoted(row[2])), json::unquoted(row[3]), row);
      return {};
    }));
    return hand_over();
  }

  Result<void> tell_points(Sink& sink) {
    SeriesMaker maker(sink);
    const auto sql = fmt::format(
        "SELECT project_id, run_id, attribute_path, CAST(step AS DOUBLE), CAST(timestamp AS TIMESTAMP), float_value {} WHERE attribute_type = 'float_series' "
        "AND "
        "float_value IS NOT NULL ORDER BY 1, 2, 3, step",
        from());
    TRY(each_row(*engine_, sql, {}, [&](const std::vector<json::Value>& row) -> Result<void> {
      const auto step = TRY(tracking::step_of(row[3].number_or(0)));
      return maker.add(id_of(clean(json::unquoted(row[0])), clean(json::unquoted(row[1]))), clean(json::unquoted(row[2])),
                       {step.whole, row[4].int_or(0), row[5].number_or(0), step.fraction});
    }));
    return maker.finish();
  }

  Result<void> tell_rest(Sink& sink) {
    const auto sql = fmt::format(
        "SELECT attribute_type, COUNT(*) {} WHERE attribute_type IN ('string_series', 'histogram_series', 'file', 'file_series') GROUP BY 1", from());
    return each_row(*engine_, sql, {}, [&](const std::vector<json::Value>& row) {
      sink.left(json::unquoted(row[0]), "are not moved yet", row[1].int_or(0));
      return Result<void>();
    });
  }

  const fs::path folder_;
  const std::unique_ptr<query::Engine> engine_;
};

}  // namespace

bool is_neptune(const fs::path& folder) {
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->path().extension() == ".parquet") return true;
  }
  return false;
}

Result<std::unique_ptr<Source>> open_neptune(const fs::path& folder, const SourceOptions&) { return std::make_unique<Neptune>(folder); }

}  // namespace gyre::exchange
