// The reference of a version: a held-out period, scored by the exported model, kept as its evidence.
#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

constexpr std::size_t kMaxReferenceRows = 1'000'000;

struct Values {
  bool text = false;
  std::vector<double> numbers;
  std::vector<std::string> texts;
};

Result<std::map<std::string, Values>> read_columns(query::Engine& engine, const std::filesystem::path& file) {
  std::map<std::string, Values> columns;
  std::vector<query::Column> names;
  TRY(engine.run(
      fmt::format("SELECT * FROM read_parquet({}) LIMIT {}", query::quote(file.string()), kMaxReferenceRows), {}, [&](const auto& found) { names = found; },
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t i = 0; i < names.size(); ++i) {
          auto& values = columns[names[i].name];
          const auto& data = block.columns[i];
          values.text = names[i].type == query::Type::text;
          for (std::size_t row = 0; row < block.rows; ++row) {
            if (values.text) {
              values.texts.push_back(data.nulls[row] ? "" : data.texts[row]);
            } else if (names[i].type == query::Type::real) {
              values.numbers.push_back(data.nulls[row] ? std::nan("") : data.reals[row]);
            } else if (!data.integers.empty()) {
              values.numbers.push_back(data.nulls[row] ? std::nan("") : static_cast<double>(data.integers[row]));
            }
          }
        }
        return {};
      }));
  return columns;
}

std::vector<double> watched_values(const Definition& definition, std::string_view column) {
  std::vector<double> watched;
  for (const auto& rule : definition.rules) {
    if (rule.column == column && rule.value) watched.push_back(*rule.value);
  }
  return watched;
}

// What a stored reference depends on: other rows or another use of them make another.
std::string fingerprint(const Definition& definition, std::string_view evidence_sha256) {
  std::string watched;
  for (const auto& rule : definition.rules) {
    if (rule.value) watched += fmt::format("{}={};", rule.column, *rule.value);
  }
  return sha256_hex(fmt::format("{}\n{}\n{}\n{}", evidence_sha256, definition.prediction, definition.label, watched));
}

}  // namespace

std::string encode_counts(const std::vector<std::int64_t>& counts) {
  Profile carrier;
  carrier.counts = counts;
  return encode(std::map<std::string, Profile>{{"", std::move(carrier)}});
}

std::vector<std::int64_t> decode_counts(std::string_view bytes) {
  auto profiles = decode_profiles(bytes);
  return profiles && profiles->contains("") ? std::move(profiles->at("").counts) : std::vector<std::int64_t>(kScoreBins, 0);
}

std::vector<double> as_numbers(const infer::Tensor& tensor) {
  return std::visit(
      []<class T>(const std::vector<T>& values) -> std::vector<double> {
        if constexpr (std::is_same_v<T, std::string>) {
          return {};
        } else {
          return {values.begin(), values.end()};
        }
      },
      tensor.values);
}

Result<Reference> Service::make_reference(const Monitor& monitor, const std::string& sha256) {
  Reference made;
  const auto& definition = monitor.definition;
  auto columns = TRY(read_columns(engine_, TRY(blob::content_file(blobs_, sha256, folder_ / "cache"))));
  const auto shape = serving_.shape(definition.endpoint);
  const auto has = [](const std::vector<infer::Port>& ports, std::string_view name) { return std::ranges::any_of(ports, [&](const auto& port) { return port.name == name; }); };
  const auto scores = columns.find(definition.prediction), labels = columns.find(definition.label);
  if (scores != columns.end() && labels != columns.end()) {
    for (std::size_t i = 0; i < scores->second.numbers.size(); ++i) made.labelled.add(scores->second.numbers[i], labels->second.numbers[i] > 0.5);
  }
  made.calibration = Calibration::from(made.labelled);
  for (auto& [name, values] : columns) {
    const bool output = name == definition.prediction || (shape && has(shape->signature.outputs, name));
    if (!output && shape && !has(shape->signature.inputs, name)) continue;  // ids, labels
    if (name == definition.label) continue;
    const auto layout = values.text ? category_layout(values.texts) : number_layout(values.numbers);
    auto profile = empty_profile(layout, watched_values(definition, name));
    if (values.text) {
      add(profile, layout, std::span<const std::string>(values.texts));
    } else {
      add(profile, layout, std::span<const double>(values.numbers));
    }
    made.layouts.emplace(name, layout);
    made.profiles.emplace(name, std::move(profile));
    made.outputs[name] = output;
  }
  return made;
}

// A version without evidence has no layouts: its rows are counted, not compared.
Result<std::shared_ptr<const Reference>> Service::reference(const Monitor& monitor, std::string_view model, std::int64_t version) {
  const auto key = fmt::format("{}/{}@{}", monitor.name, model, version);
  auto known = references_.with([&](const auto& all) -> std::shared_ptr<const Reference> {
    const auto found = all.find(key);
    return found == all.end() ? nullptr : found->second;
  });
  if (known) return known;

  auto made = std::make_shared<Reference>();
  const auto evidence = TRY(registry_.evidence(model, version, "reference"));
  if (evidence && !evidence->sha256.empty()) {
    const auto made_of = fingerprint(monitor.definition, evidence->sha256);
    if (auto stored = TRY(load_reference(db_, monitor.name, version, made_of))) {
      *made = std::move(*stored);
    } else {
      *made = TRY(make_reference(monitor, evidence->sha256));
      TRY(save_reference(db_, monitor.name, version, made_of, *made));
    }
  }
  references_.with([&](auto& all) { all[key] = made; });
  return made;
}

Result<LabelledRows> Service::reference_rows(std::string_view model, std::int64_t version, const Definition& definition) {
  const auto evidence = TRY(registry_.evidence(model, version, "reference"));
  LabelledRows rows;
  if (!evidence || evidence->sha256.empty()) return rows;
  auto columns = TRY(read_columns(engine_, TRY(blob::content_file(blobs_, evidence->sha256, folder_ / "cache"))));
  const auto scores = columns.find(definition.prediction), labels = columns.find(definition.label);
  if (scores == columns.end() || labels == columns.end()) return fail(Code::invalid, fmt::format("the reference of {}@{} lacks '{}' or '{}'", model, version, definition.prediction, definition.label));
  for (const double score : scores->second.numbers) rows.score.push_back(score);
  for (const double label : labels->second.numbers) rows.label.push_back(label > 0.5);
  rows.version.assign(rows.score.size(), version);
  rows.inputs.rows = rows.score.size();
  for (auto& [name, values] : columns) {
    infer::Tensor tensor{name, {static_cast<std::int64_t>(rows.inputs.rows), 1}, {}};
    if (values.text) {
      tensor.values = std::move(values.texts);
    } else {
      tensor.values = std::vector<float>(values.numbers.begin(), values.numbers.end());
    }
    rows.inputs.columns.push_back(std::move(tensor));
  }
  return rows;
}

}  // namespace gyre::monitoring
