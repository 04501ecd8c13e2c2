#include "exchange/mlruns.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/yaml.h"
#include "exchange/mlflow_tables.h"
#include "exchange/mlruns_parts.h"
#include "tracking/step.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

// As Python writes a float: 0.1, 1e-05, nan, inf, -inf.
std::optional<double> python_float(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return value;
  if (error == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  return std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

bool is_number(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

class Mlruns final : public Source {
 public:
  explicit Mlruns(fs::path folder) : folder_(std::move(folder)) {}
  std::string description() const override { return fmt::format("MLflow's folder '{}'", folder_.string()); }

  Result<void> read(Sink& sink) override {
    MlrunsReading reading{folder_, sink};
    for (const auto& root : {folder_, folder_ / ".trash"}) {
      for (const auto& name : folders_in(root)) {
        if (is_number(name)) TRY(read_experiment(reading, root / name, root != folder_));
      }
    }
    for (const auto& experiment : reading.experiments) TRY(read_runs(reading, experiment));
    for (const auto& experiment : reading.experiments) TRY(read_logged_models(reading, experiment));
    TRY(read_registry(reading));
    for (const auto& experiment : reading.experiments) TRY(read_traces(reading, experiment));
    return {};
  }

 private:
  const fs::path folder_;
};

}  // namespace

std::optional<MetricLine> read_metric_line(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  const auto words = words_of(line);
  if (words.size() != 2 && words.size() != 3 && words.size() != 5) return std::nullopt;
  const auto at_ms = whole_number(words[0]);
  const auto value = python_float(words[1]);
  const auto step = words.size() > 2 ? whole_number(words[2]) : 0;
  if (!at_ms || !value || !step) return std::nullopt;
  MetricLine read{{*step, *at_ms, *value}, {}, {}};
  if (words.size() == 5) read.dataset_name = clean(words[3]), read.dataset_digest = clean(words[4]);
  return read;
}

// The file store's own writer quotes what looks like something else; ids of 18 digits and all hexadecimal ones with an "e" in them come as they are in
// older releases, so plain scalars are kept by their text where that matters (the id of the folder is the one that counts).
Result<json::Value> read_meta(std::string_view text) {
  if (!is_clean(text)) return yaml::parse(clean(text));
  return yaml::parse(text);
}

bool is_mlruns(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / "models", error) && folder.filename() == "mlruns") return true;
  const auto names = folders_in(folder);
  return std::ranges::any_of(names, [&](const std::string& name) { return is_number(name) && fs::exists(folder / name / "meta.yaml", error); });
}

Result<std::unique_ptr<Source>> open_mlruns(const fs::path& folder, const SourceOptions&) { return std::make_unique<Mlruns>(folder); }

}  // namespace gyre::exchange
