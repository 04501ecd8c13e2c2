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

// Column i of a wide tensor X is X_i.
const serving::ModelColumn* port_of(const std::vector<serving::ModelColumn>& ports, std::string_view name) {
  const auto digits = name.find_last_not_of("0123456789");
  const auto stem = digits != std::string_view::npos && digits + 1 < name.size() && name[digits] == '_' ? name.substr(0, digits) : std::string_view();
  auto found = std::ranges::find(ports, name, &serving::ModelColumn::name);
  if (found == ports.end()) found = std::ranges::find(ports, stem, &serving::ModelColumn::name);
  return found == ports.end() ? nullptr : &*found;
}

// By its own name, or a wide tensor as a whole.
bool is_left_out(const Definition& definition, const std::vector<serving::ModelColumn>& ports, std::string_view name) {
  const auto* port = port_of(ports, name);
  return definition.leaves_out(name) || (port && definition.leaves_out(port->name));
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
  for (const auto& column : definition.except) watched += fmt::format("-{};", column);
  return sha256_hex(fmt::format("{}\n{}\n{}\n{}", evidence_sha256, definition.prediction, definition.label, watched));
}

}  // namespace

std::string role_of(const std::vector<serving::ModelColumn>& ports, std::string_view name) {
  const auto* port = port_of(ports, name);
  return port ? port->role : "";
}

std::string encode_counts(const std::vector<std::int64_t>& counts) {
  Profile carrier;
  carrier.counts = counts;
  return encode(std::map<std::string, Profile>{{"", std::move(carrier)}});
}

std::vector<std::int64_t> decode_counts(std::string_view bytes) {
  auto profiles = decode_profiles(bytes);
  return profiles && profiles->contains("") ? std::move(profiles->at("").counts) : std::vector<std::int64_t>(kScoreBins, 0);
}

Result<Reference> Service::make_reference(const Monitor& monitor, const std::string& model, std::int64_t version, const std::string& sha256) {
  Reference made;
  const auto& definition = monitor.definition;
  auto columns = TRY(read_columns(engine_, TRY(blob::content_file(blobs_, sha256, folder_ / "cache"))));
  const auto ports = TRY(serving_.columns(model, version));
  const auto scores = columns.find(definition.prediction), labels = columns.find(definition.label);
  if (scores != columns.end() && labels != columns.end()) {
    for (std::size_t i = 0; i < scores->second.numbers.size(); ++i) made.labelled.add(scores->second.numbers[i], labels->second.numbers[i] > 0.5);
  }
  made.calibration = Calibration::from(made.labelled);
  for (auto& [name, values] : columns) {
    const auto role = name == definition.prediction ? "output" : role_of(ports, name);
    if (role.empty() || name == definition.label || is_left_out(definition, ports, name)) continue;  // ids, labels, times
    const bool output = role == "output";
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
      *made = TRY(make_reference(monitor, std::string(model), version, evidence->sha256));
      TRY(save_reference(db_, monitor.name, version, made_of, *made));
    }
  }
  if (!made->layouts.empty()) references_.with([&](auto& all) { all[key] = made; });  // evidence may still come
  return made;
}

void Service::forget_references(std::string_view monitor) {
  references_.with([&](auto& all) { std::erase_if(all, [&](const auto& entry) { return entry.first.starts_with(std::string(monitor) + "/"); }); });
}

}  // namespace gyre::monitoring
