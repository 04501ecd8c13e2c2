// What a place is, by its look: a URL, the first bytes of a file, what is in a folder.
#include <fmt/format.h>

#include <fstream>

#include "exchange/mlflow_database.h"
#include "exchange/mlruns.h"
#include "exchange/table_source.h"
#include "exchange/tensorboard.h"
#include "exchange/wandb.h"
#include "exchange/wandb_log.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

std::string head_of(const fs::path& file) {
  constexpr std::size_t kHead = 64;
  std::ifstream stream(file, std::ios::binary);
  std::string head(kHead, '\0');
  stream.read(head.data(), std::ssize(head));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  return head;
}

std::unexpected<Error> unknown(const std::string& place) {
  return fail(Code::invalid, fmt::format("'{}' is nothing that can be imported", place), {},
              "a database of MLflow (mlflow.db, postgresql://…), a folder mlruns/, offline runs of W&B (a folder wandb/, a file .wandb), event files of "
              "TensorBoard (a folder)");
}

// A database's URL says SQLAlchemy's driver, too.
std::string without_driver(const std::string& url) {
  const auto plus = url.find('+'), colon = url.find("://");
  return plus < colon && colon != std::string::npos ? url.substr(0, plus) + url.substr(colon) : url;
}

}  // namespace

Result<std::unique_ptr<Source>> open_source(const std::string& place, const SourceOptions& options) {
  const auto url = without_driver(place);
  if (url.starts_with("postgres://") || url.starts_with("postgresql://") || url.starts_with("sqlite:")) return open_mlflow_database(url, options);
  std::error_code error;
  const fs::path path = fs::absolute(place, error);
  if (error || !fs::exists(path, error)) return fail(Code::not_found, fmt::format("there is no '{}'", place));
  if (fs::is_directory(path, error)) {
    if (is_mlruns(path)) return open_mlruns(path, options);
    if (is_mlruns(path / "mlruns")) return open_mlruns(path / "mlruns", options);
    if (!wandb_files(path).empty()) return open_wandb(path, options);
    if (!event_files(path).empty()) return open_tensorboard(path, options);
    if (is_neptune(path)) return open_neptune(path, options);
    return unknown(place);
  }
  if (fs::file_size(path, error) == 0) return fail(Code::invalid, fmt::format("'{}' is empty: nothing was ever written there", place));
  if (head_of(path).starts_with("SQLite format 3")) return open_mlflow_database(path.string(), options);
  if (head_of(path).starts_with(kWandbHead)) return open_wandb(path, options);
  if (!event_files(path).empty()) return open_tensorboard(path, options);
  if (path.extension() == ".csv") return open_csv(path, options);
  return unknown(place);
}

}  // namespace gyre::exchange
