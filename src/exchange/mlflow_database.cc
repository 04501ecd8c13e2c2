#include "exchange/mlflow_database.h"

#include <fmt/format.h>

#include "storage/sql/foreign.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kProxied = "mlflow-artifacts:", kFile = "file:";

class MlflowDatabase final : public Source {
 public:
  MlflowDatabase(std::unique_ptr<sql::Db> db, ArtifactPlaces places, std::string description)
      : db_(std::move(db)), places_(std::move(places)), description_(std::move(description)) {}

  std::string description() const override { return description_; }

  Result<void> read(Sink& sink) override {
    return db_->read([&](sql::Tx& tx) -> Result<void> {
      const auto tables = TRY(MlflowTables::look(tx, db_->dialect()));
      MlflowReading reading{tables, places_, sink};
      TRY(read_experiments(reading));
      TRY(read_runs(reading));
      TRY(read_points(reading));
      TRY(read_logged_models(reading));
      TRY(read_registry(reading));
      TRY(read_traces(reading));
      return tell_of_the_rest(reading);
    });
  }

 private:
  const std::unique_ptr<sql::Db> db_;
  const ArtifactPlaces places_;
  const std::string description_;
};

// Beside the database, as `mlflow server` makes it by default.
ArtifactPlaces places_of(const std::string& url, const SourceOptions& options) {
  std::error_code error;
  std::string file = url;
  if (const auto at = file.find(':'); file.starts_with("sqlite:")) file = file.substr(at + 1);
  if (file.starts_with("///")) file = file.substr(3);
  auto base = url.starts_with("postgres") ? fs::current_path(error) : fs::absolute(file, error).parent_path();
  return {options.artifacts.empty() ? base / "mlartifacts" : options.artifacts, base};
}

}  // namespace

bool is_elsewhere(std::string_view uri) {
  const auto at = uri.find(':');
  if (at == std::string_view::npos || at < 2) return false;  // "C:\..." is a path of another machine
  return !uri.starts_with(kProxied) && !uri.starts_with(kFile);
}

std::optional<fs::path> ArtifactPlaces::path_of(std::string_view uri) const {
  if (is_elsewhere(uri) || uri.empty()) return std::nullopt;
  if (uri.starts_with(kProxied)) {
    uri.remove_prefix(kProxied.size());
    if (uri.starts_with("//")) uri.remove_prefix(std::min(uri.find('/', 2), uri.size()));  // a host
    while (uri.starts_with('/')) uri.remove_prefix(1);
    constexpr std::string_view kRoute = "api/2.0/mlflow-artifacts/artifacts/";
    if (uri.starts_with(kRoute)) uri.remove_prefix(kRoute.size());
    return proxied_ / fs::path(uri);
  }
  if (uri.starts_with(kFile)) {
    uri.remove_prefix(kFile.size());
    while (uri.starts_with("//")) uri.remove_prefix(1);
  }
  return fs::path(uri).is_absolute() ? fs::path(uri) : (base_ / fs::path(uri)).lexically_normal();
}

Result<void> tell_folder(MlflowReading& reading, const Owner& owner, std::string_view uri) {
  std::error_code error;
  if (uri.empty()) return {};
  if (is_elsewhere(uri)) {
    const auto scheme = uri.substr(0, uri.find(':'));
    reading.sink.left("folders of files", fmt::format("stay where they are ({}:)", scheme));
    return {};
  }
  const auto path = reading.places.path_of(uri);
  if (path && fs::is_directory(*path, error)) return reading.sink.folder({owner, *path});
  // A run without files often has no folder; one whose whole experiment has none lost them, or never had any.
  const auto root = reading.experiment_roots.find(owner.experiment_id);
  const auto root_path = root == reading.experiment_roots.end() ? std::nullopt : reading.places.path_of(root->second);
  if (root_path && !fs::is_directory(*root_path, error))
    reading.sink.left("folders of files", fmt::format("not found: there is no '{}' here", root_path->string()));
  return {};
}

Result<std::unique_ptr<Source>> open_mlflow_database(const std::string& url, const SourceOptions& options) {
  auto db = TRY(sql::open_foreign(url));
  const bool postgres = db->dialect() == sql::Dialect::postgres;
  const auto description = TRY(db->read([&](sql::Tx& tx) -> Result<std::string> {
    const auto tables = TRY(MlflowTables::look(tx, postgres ? sql::Dialect::postgres : sql::Dialect::sqlite));
    const auto releases = tables.releases();
    return fmt::format("MLflow {}({}{})", releases.empty() ? "" : releases + " ", postgres ? "PostgreSQL" : "SQLite",
                       tables.revision().empty() ? "" : ", schema " + tables.revision());
  }));
  return std::make_unique<MlflowDatabase>(std::move(db), places_of(url, options), description);
}

}  // namespace gyre::exchange
