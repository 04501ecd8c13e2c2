#include "exchange/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/decode.h"

namespace gyre::exchange {
namespace {

// One item's hash: words are taken in one after the other by a multiplication of 64 by 64 bits, both halves of which are kept.
// The constants are the first of the fractional parts of square roots, as in SHA-512.
class Item {
 public:
  explicit Item(std::uint64_t seed) : low_(0x6a09e667f3bcc908 ^ seed), high_(0xbb67ae8584caa73b + seed) {}
  Item& word(std::uint64_t value) {
    const auto product = static_cast<unsigned __int128>(low_ ^ value) * 0x9e3779b97f4a7c15u;
    low_ = static_cast<std::uint64_t>(product) ^ std::rotl(high_, 29);
    high_ = (static_cast<std::uint64_t>(product >> 64) + value) * 0xd6e8feb86659fd93u ^ std::rotl(low_, 17);
    return *this;
  }
  Item& whole(std::int64_t value) { return word(static_cast<std::uint64_t>(value)); }
  Item& text(std::string_view text) {
    word(text.size());
    for (; text.size() >= 8; text.remove_prefix(8)) {
      std::uint64_t value;
      std::memcpy(&value, text.data(), 8);
      word(value);
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    return word(rest);
  }
  Item& number(double value) { return word(std::isnan(value) ? 0x7ff8000000000000 : std::bit_cast<std::uint64_t>(value)); }
  template <class T>
  Item& maybe(const std::optional<T>& value) {
    word(value.has_value());
    if constexpr (std::is_same_v<T, std::string>)
      return text(value.value_or(""));
    else
      return whole(value.value_or(0));
  }
  Digest digest() const {
    auto spread = *this;
    for (const std::uint64_t end : {0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u}) spread.word(end);
    return {1, spread.low_, spread.high_};
  }

 private:
  std::uint64_t low_, high_;
};

Item item(Kind kind) { return Item(static_cast<std::uint64_t>(kind)); }

void add_pairs(Digest& sum, Kind kind, std::string_view owner, const std::vector<tracking::Tag>& pairs) {
  for (const auto& pair : pairs) sum.add(item(kind).text(owner).text(pair.key).text(pair.value).digest());
}

void add_words(Digest& sum, Kind kind, std::string_view owner, const traces::Words& words) {
  for (const auto& [key, value] : words) sum.add(item(kind).text(owner).text(key).text(value).digest());
}

Digest of_metric(const tracking::ModelMetric& one, std::string_view model_id) {
  const auto& metric = one.metric;
  return item(Kind::model_metrics)
      .text(model_id)
      .text(metric.key)
      .whole(metric.step)
      .whole(metric.at_ms)
      .number(metric.value)
      .text(one.run_id)
      .text(one.dataset_name)
      .text(one.dataset_digest)
      .digest();
}

Digest of_dataset(const tracking::DatasetInput& one, std::string_view run_id) {
  auto it = item(Kind::datasets).text(run_id).text(one.name).text(one.digest).text(one.source_type).text(one.source).text(one.schema).text(one.profile);
  Digest tags;  // in whatever order they stand
  add_pairs(tags, Kind::datasets, one.name, one.tags);
  return it.word(tags.low).word(tags.high).digest();
}

Digest of_assessment(const traces::Assessment& one) {
  auto it = item(Kind::assessments)
                .text(one.id)
                .text(one.trace_id)
                .text(one.name)
                .text(one.kind)
                .text(json::to_text(one.value))
                .text(one.source_type)
                .text(one.source_id)
                .whole(one.created_ms)
                .whole(one.updated_ms)
                .maybe(one.run_id)
                .maybe(one.span_id)
                .maybe(one.rationale)
                .maybe(one.overrides)
                .whole(one.valid);
  return it.text(one.error ? json::to_text(*one.error) : "").digest();
}

// As it is kept: what clients wrote differently but means the same is the same.
Digest of_span(std::string_view content, std::string_view trace_id) {
  auto span = traces::from_content(content);
  if (span) std::ranges::sort(span->attributes, {}, [](const auto& attribute) { return attribute.first; });
  return item(Kind::spans).text(trace_id).text(span ? traces::to_content(*span) : std::string(content)).digest();
}

// MLflow's own notes on where a trace is kept are this server's.
bool is_of_place(std::string_view key) { return key == "mlflow.artifactLocation" || key == "mlflow.trace.spansLocation"; }

}  // namespace

void Digest::add(const Digest& other) {
  items += other.items;
  const auto sum = low + other.low;
  high += other.high;
  low = sum;
}

void Digests::add(const Digests& other) {
  for (std::size_t i = 0; i < kKinds; ++i) kinds[i].add(other.kinds[i]);
}

void add(Digests& sum, const Experiment& one) {
  sum[Kind::experiments].add(item(Kind::experiments).text(one.id).text(one.name).digest());
  add_pairs(sum[Kind::experiment_tags], Kind::experiment_tags, one.id, one.tags);
}

void add(Digests& sum, const Run& run) {
  const auto& info = run.info;
  sum[Kind::runs].add(item(Kind::runs)
                          .text(info.id)
                          .text(info.experiment_id)
                          .text(info.name)
                          .text(info.user)
                          .text(info.status)
                          .whole(info.start_ms)
                          .maybe(info.end_ms)
                          .text(info.lifecycle)
                          .text(info.artifact_uri)
                          .digest());
  add_pairs(sum[Kind::params], Kind::params, info.id, run.params);
  add_pairs(sum[Kind::tags], Kind::tags, info.id, run.tags);
  for (const auto& dataset : run.datasets) sum[Kind::datasets].add(of_dataset(dataset, info.id));
  for (const auto& id : run.model_inputs) sum[Kind::run_models].add(item(Kind::run_models).text(info.id).text(id).digest());
  for (const auto& output : run.outputs) sum[Kind::run_models].add(item(Kind::run_models).text(info.id).text(output.model_id).whole(output.step).digest());
}

void add_points(Digests& sum, std::string_view run_id, std::string_view key, std::span<const tracking::AdoptedPoint> points) {
  const auto series = item(Kind::points).text(run_id).text(key);
  auto& digest = sum[Kind::points];
  for (const auto& point : points) {
    auto it = series;
    digest.add(it.whole(point.step).number(point.fraction).whole(point.at_ms).number(point.value).digest());
  }
}

void add(Digests& sum, const LoggedModel& given) {
  const auto& one = given.model;
  sum[Kind::logged_models].add(item(Kind::logged_models)
                                   .text(one.id)
                                   .text(one.experiment_id)
                                   .text(one.name)
                                   .text(one.type)
                                   .text(one.source_run_id)
                                   .text(one.status)
                                   .text(one.artifact_uri)
                                   .whole(one.created_ms)
                                   .whole(one.updated_ms)
                                   .whole(given.deleted)
                                   .digest());
  add_pairs(sum[Kind::model_params], Kind::model_params, one.id, one.params);
  add_pairs(sum[Kind::model_tags], Kind::model_tags, one.id, one.tags);
  for (const auto& metric : one.metrics) sum[Kind::model_metrics].add(of_metric(metric, one.id));
}

void add(Digests& sum, const Model& one) {
  sum[Kind::registered_models].add(item(Kind::registered_models).text(one.name).text(one.description).whole(one.created_ms).digest());
  add_pairs(sum[Kind::registered_tags], Kind::registered_tags, one.name, one.tags);
}

void add(Digests& sum, const Version& given) {
  const auto& one = given.version;
  sum[Kind::versions].add(item(Kind::versions)
                              .text(one.model)
                              .whole(one.version)
                              .whole(one.created_ms)
                              .text(one.description)
                              .text(one.source)
                              .text(one.run_id)
                              .text(one.run_link)
                              .text(one.stage)
                              .text(one.user)
                              .text(one.artifact_uri)
                              .whole(given.deleted)
                              .digest());
  add_pairs(sum[Kind::version_tags], Kind::version_tags, one.ref(), one.tags);
}

void add(Digests& sum, const Aliases& one) {
  for (const auto& alias : one.model.aliases) sum[Kind::aliases].add(item(Kind::aliases).text(one.model.name).text(alias.alias).whole(alias.version).digest());
}

void add(Digests& sum, const Trace& trace) {
  const auto& info = trace.info;
  sum[Kind::traces].add(item(Kind::traces)
                            .text(info.id)
                            .text(info.experiment_id)
                            .whole(info.start_ms)
                            .maybe(info.duration_ms)
                            .text(info.state)
                            .maybe(info.client_request_id)
                            .maybe(info.request_preview)
                            .maybe(info.response_preview)
                            .digest());
  traces::Words tags;
  for (const auto& [key, value] : info.tags) {
    if (!is_of_place(key)) tags[key] = value;
  }
  add_words(sum[Kind::trace_tags], Kind::trace_tags, info.id, tags);
  add_words(sum[Kind::trace_metadata], Kind::trace_metadata, info.id, info.metadata);
  for (const auto& assessment : info.assessments) sum[Kind::assessments].add(of_assessment(assessment));
  for (const auto& span : trace.spans) sum[Kind::spans].add(of_span(span, info.id));
}

void add_file(Digests& sum, std::string_view uri, std::int64_t size_bytes, std::string_view sha256) {
  sum[Kind::files].add(item(Kind::files).text(uri).whole(size_bytes).text(sha256).digest());
}

std::string text_of(const Digest& digest) { return fmt::format("{:016x}{:016x}", digest.high, digest.low); }

std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, kKinds> kNames{
      "experiments",       "experiment tags",       "runs",           "params",       "tags",       "points",
      "datasets",          "models of runs",        "logged models",  "model params", "model tags", "model metrics",
      "registered models", "registered model tags", "model versions", "version tags", "aliases",    "traces",
      "trace tags",        "trace metadata",        "spans",          "assessments",  "files"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace gyre::exchange
