#include "serving/loaded.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decode.h"
#include "base/hash.h"

namespace gyre::serving {

BOOST_DESCRIBE_STRUCT(Route, (), (version, weight, role))

namespace {

struct CountersText {
  std::int64_t version = 0;
  std::string role;
  std::int64_t requests = 0, rows = 0, errors = 0;
  std::vector<std::int64_t> latency;
};
BOOST_DESCRIBE_STRUCT(CountersText, (), (version, role, requests, rows, errors, latency))

struct TallyText {
  std::vector<CountersText> versions;
  std::map<std::string, std::vector<std::int64_t>> refused;
};
BOOST_DESCRIBE_STRUCT(TallyText, (), (versions, refused))

constexpr std::string_view kVocabularyKey = "gyre.vocabulary.";

}  // namespace

// A key's hash in [0, 1) falls into one version's share: the same key, the same version.
const LoadedVersion& Loaded::pick(std::string_view key) const {
  const double place = static_cast<double>(stable_hash(key) >> 11) * 0x1.0p-53;
  double total = 0, upto = 0;
  for (const auto& version : primaries) total += version.route.weight;
  for (const auto& version : primaries) {
    upto += version.route.weight / total;
    if (place < upto) return version;
  }
  return primaries.back();
}

VersionCounters& Tally::of(std::int64_t version, const std::string& role) {
  auto& counters = versions[{version, role}];
  counters.version = version;
  counters.role = role;
  changed = true;
  return counters;
}

double VersionCounters::latency_quantile_ms(double q) const {
  std::int64_t total = 0;
  for (const auto n : latency) total += n;
  if (total == 0) return 0;
  double left = q * static_cast<double>(total);
  for (std::size_t i = 0; i < latency.size(); ++i) {
    if (left <= static_cast<double>(latency[i]) && latency[i] > 0) {
      const double low = i == 0 ? 0 : kLatencyBoundsMs[i - 1], high = i < kLatencyBoundsMs.size() ? kLatencyBoundsMs[i] : 2 * kLatencyBoundsMs.back();
      return low + (high - low) * left / static_cast<double>(latency[i]);
    }
    left -= static_cast<double>(latency[i]);
  }
  return kLatencyBoundsMs.back();
}

std::map<std::string, std::unordered_set<std::string>, std::less<>> vocabulary_of(const infer::Signature& signature) {
  std::map<std::string, std::unordered_set<std::string>, std::less<>> vocabulary;
  for (const auto& [key, text] : signature.metadata) {
    if (!key.starts_with(kVocabularyKey)) continue;
    const auto words = json::decode_text<std::vector<std::string>>(text);
    if (words) vocabulary[key.substr(kVocabularyKey.size())] = {words->begin(), words->end()};
  }
  return vocabulary;
}

std::vector<BadCell> unknown_categories(const LoadedVersion& version, const Batch& batch) {
  std::vector<BadCell> cells;
  for (const auto& column : batch.columns) {
    const auto known = version.vocabulary.find(column.name);
    const auto* texts = std::get_if<std::vector<std::string>>(&column.values);
    if (known == version.vocabulary.end() || !texts) continue;
    for (std::size_t row = 0; row < texts->size(); ++row) {
      if (known->second.contains((*texts)[row])) continue;
      cells.push_back({row, column.name, (*texts)[row]});
      if (cells.size() >= kMaxBadCells) return cells;
    }
  }
  return cells;
}

Batch warm_up_batch(const infer::Signature& signature) {
  const auto vocabulary = vocabulary_of(signature);
  Batch batch{.rows = 1, .columns = {}, .ids = {}};
  for (const auto& port : signature.inputs) {
    infer::Tensor tensor{port.name, port.shape, {}};
    std::size_t count = 1;
    for (auto& extent : tensor.shape) {
      extent = std::max<std::int64_t>(1, extent);
      count *= static_cast<std::size_t>(extent);
    }
    switch (port.type) {
      case infer::Type::float64: tensor.values = std::vector<double>(count); break;
      case infer::Type::int32: tensor.values = std::vector<std::int32_t>(count); break;
      case infer::Type::int64: tensor.values = std::vector<std::int64_t>(count); break;
      case infer::Type::boolean: tensor.values = std::vector<bool>(count); break;
      case infer::Type::text: {
        const auto words = vocabulary.find(port.name);
        tensor.values = std::vector<std::string>(count, words == vocabulary.end() || words->second.empty() ? "" : *words->second.begin());
        break;
      }
      default: tensor.values = std::vector<float>(count);
    }
    batch.columns.push_back(std::move(tensor));
  }
  return batch;
}

std::string encode_tally(const Tally& tally) {
  TallyText text;
  for (const auto& [key, c] : tally.versions) text.versions.push_back({c.version, c.role, c.requests, c.rows, c.errors, {c.latency.begin(), c.latency.end()}});
  for (const auto& [reason, counts] : tally.refused) text.refused[reason] = {counts.first, counts.second};
  return json::encode(text);
}

Tally decode_tally(std::string_view bytes) {
  Tally tally;
  const auto text = json::decode_text<TallyText>(bytes);
  if (!text) return tally;
  for (const auto& c : text->versions) {
    auto& counters = tally.of(c.version, c.role);
    counters.requests = c.requests;
    counters.rows = c.rows;
    counters.errors = c.errors;
    for (std::size_t i = 0; i < std::min(c.latency.size(), counters.latency.size()); ++i) counters.latency[i] = c.latency[i];
  }
  for (const auto& [reason, counts] : text->refused) {
    if (counts.size() == 2) tally.refused[reason] = {counts[0], counts[1]};
  }
  tally.changed = false;
  return tally;
}

std::string encode_routes(const std::vector<Route>& routes) { return json::encode(routes); }
Result<std::vector<Route>> decode_routes(std::string_view text) { return json::decode_text<std::vector<Route>>(text); }

}  // namespace gyre::serving
