// What a candidate must show.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "base/words.h"
#include "policy/mover.h"

namespace gyre::policy {
namespace {

constexpr std::size_t kMaxGateRows = 300'000;
constexpr int kLatencyRuns = 60;

Check at_least(std::string name, std::string metric, double value, double limit, std::int64_t n) { return {std::move(name), std::move(metric), ">=", "", value, limit, {}, {}, n, value >= limit, "", "", {}, {}}; }
Check at_most(std::string name, std::string metric, double value, double limit, std::int64_t n, std::string unit = "") {
  return {std::move(name), std::move(metric), "<=", std::move(unit), value, limit, {}, {}, n, value <= limit, "", "", {}, {}};
}

// What this thread has used of a processor.
std::int64_t thread_cpu_ns() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000'000 + used.tv_nsec;
}

// The first `rows` of a batch, repeated where it has fewer.
serving::Batch cut(const serving::Batch& batch, std::size_t rows) {
  serving::Batch out{rows, {}, {}};
  for (const auto& column : batch.columns) {
    infer::Tensor tensor{column.name, {static_cast<std::int64_t>(rows), 1}, {}};
    std::visit(
        [&]<class T>(const std::vector<T>& values) {
          std::vector<T> some;
          for (std::size_t i = 0; i < rows && !values.empty(); ++i) some.push_back(values[i % values.size()]);
          tensor.values = std::move(some);
        },
        column.values);
    out.columns.push_back(std::move(tensor));
  }
  return out;
}

// Of many slices some are worse by chance, so one refuses only where its whole interval is past the limit.
Check slice_check(const std::string& column, const monitoring::LabelledRows& rows, const std::vector<double>& gains, const Gates& gates) {
  Check check = at_most("slice " + column, "log_loss", 0, gates.slice_max_loss, 0);
  check.group = "slices";
  check.note = "no slice is large enough";
  const auto found = std::ranges::find(rows.inputs.columns, column, &infer::Tensor::name);
  if (found == rows.inputs.columns.end()) return check.note = "the model has no such column", check.passed = false, check;
  const auto* texts = std::get_if<std::vector<std::string>>(&found->values);
  if (!texts) return check.note = "slices are made of text columns", check;
  std::map<std::string_view, std::pair<std::vector<double>, std::vector<TimeMs>>> slices;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    auto& slice = slices[(*texts)[i]];
    slice.first.push_back(gains[i]);
    slice.second.push_back(rows.at_ms[i]);
  }
  double worst = -1e300;
  for (const auto& [value, slice] : slices) {
    if (static_cast<std::int64_t>(slice.first.size()) < gates.slice_min_rows) continue;
    const auto result = paired_test(slice.first, slice.second, gates.cluster_ms);
    if (surely_worse(result, gates.slice_max_loss, gates.z)) check.passed = false;
    if (-result.mean <= worst) continue;
    worst = -result.mean;
    check.value = worst;
    check.low = -result.high();
    check.high = -result.low();
    check.n = result.n;
    check.note = fmt::format("worst: {}", value);
  }
  return check;
}

}  // namespace

bool GateOutcome::passed() const {
  return enough_rows && !checks.empty() && std::ranges::all_of(checks, &Check::passed);
}

// The day behind the last that a version was trained on; it may be tested from there on.
Result<TimeMs> Mover::trained_through(std::int64_t version) {
  const auto evidence = TRY(s_.registry_.evidence(d_.model, version, "training"));
  if (!evidence) return fail(Code::invalid, fmt::format("{}@{} has no evidence 'training' that tells what it was trained on", d_.model, version), {}, "let the step's 'registers' name a JSON output with \"to\"");
  return TRY(from_iso(evidence->body["to"].string_or(""))) + kDayMs;
}

Result<std::vector<double>> Mover::scores(std::int64_t version, const serving::Batch& inputs) {
  const auto monitor = TRY(s_.monitoring_.monitor_of(d_.endpoint));
  if (!monitor) return fail(Code::invalid, fmt::format("endpoint '{}' has no monitor that names its prediction", d_.endpoint));
  for (const auto& output : TRY(s_.serving_.evaluate(d_.model, version, inputs))) {
    if (output.name != monitor->definition.prediction) continue;
    return std::visit(
        []<class T>(const std::vector<T>& values) -> std::vector<double> {
          if constexpr (std::is_same_v<T, std::string>) {
            return {};
          } else {
            return {values.begin(), values.end()};
          }
        },
        output.values);
  }
  return fail(Code::invalid, fmt::format("{}@{} has no output '{}'", d_.model, version, monitor->definition.prediction));
}

Result<GateOutcome> Mover::measure(const Case& one) {
  auto outcome = one.champion > 0 ? TRY(measure_paired(one)) : TRY(measure_absolute(one));
  if (outcome.enough_rows) TRY(add_limits(one, outcome.checks));
  return outcome;
}

Result<GateOutcome> Mover::measure_absolute(const Case& one) {
  GateOutcome outcome;
  const auto monitor = TRY(s_.monitoring_.monitor_of(d_.endpoint));
  if (!monitor) return fail(Code::invalid, fmt::format("endpoint '{}' has no monitor that names its prediction", d_.endpoint));
  const auto rows = TRY(s_.monitoring_.reference_rows(d_.model, one.candidate, monitor->definition));
  monitoring::ScoreSketch sketch;
  for (std::size_t i = 0; i < rows.label.size(); ++i) sketch.add(rows.score[i], rows.label[i]);
  const auto quality = monitoring::quality_of(sketch);
  auto check = at_least("quality", "auc", quality.auc, d_.gates.min_auc, quality.n);
  check.group = "absolute";
  check.low = quality.auc - 1.96 * quality.auc_error;
  check.high = quality.auc + 1.96 * quality.auc_error;
  check.passed &= quality.n >= d_.gates.min_rows;
  check.note = "on the held-out reference; there is no champion to compare with";
  outcome.checks.push_back(std::move(check));
  return outcome;
}

Result<GateOutcome> Mover::measure_paired(const Case& one) {
  GateOutcome outcome;
  const auto from_ms = std::max({TRY(trained_through(one.candidate)), TRY(trained_through(one.champion)), one.onset_ms});
  const auto rows = TRY(s_.monitoring_.labelled_rows(d_.endpoint, from_ms, now_ms_, kMaxGateRows));
  if (static_cast<std::int64_t>(rows.label.size()) < d_.gates.min_rows) {
    outcome.enough_rows = false;
    outcome.missing = fmt::format("{} of {} labelled rows from {} on, which neither model has seen", plain_count(static_cast<std::int64_t>(rows.label.size())), plain_count(d_.gates.min_rows), plain_day(from_ms));
    return outcome;
  }
  const auto candidate = TRY(scores(one.candidate, rows.inputs)), champion = TRY(scores(one.champion, rows.inputs));
  std::vector<double> gains;
  double champion_loss = 0, candidate_loss = 0;
  for (std::size_t i = 0; i < rows.label.size(); ++i) {
    const double theirs = log_loss(champion[i], rows.label[i]), ours = log_loss(candidate[i], rows.label[i]);
    champion_loss += theirs;
    candidate_loss += ours;
    gains.push_back(theirs - ours);
  }
  const auto paired = paired_test(gains, rows.at_ms, d_.gates.cluster_ms);

  auto gain = at_least("log loss gain", "log_loss", paired.mean, d_.gates.min_gain, paired.n);
  gain.low = paired.low();
  gain.high = paired.high();
  gain.group = "paired";
  gain.champion = champion_loss / static_cast<double>(gains.size());
  gain.candidate = candidate_loss / static_cast<double>(gains.size());
  gain.note = fmt::format("v{} against v{} on the same rows from {} on, {} clusters of time", one.candidate, one.champion, plain_day(from_ms), paired.clusters);
  outcome.checks.push_back(std::move(gain));
  auto significance = at_least("z of the gain", "z", paired.z, d_.gates.z, paired.n);
  significance.group = "paired";
  significance.note = "errors clustered by time";
  outcome.checks.push_back(std::move(significance));
  for (const auto& column : d_.gates.slice_columns) outcome.checks.push_back(slice_check(column, rows, gains, d_.gates));
  return outcome;
}

Result<void> Mover::add_limits(const Case& one, std::vector<Check>& checks) {
  const auto monitor = TRY(s_.monitoring_.monitor_of(d_.endpoint));
  const auto reference = TRY(s_.monitoring_.reference_rows(d_.model, one.candidate, monitor->definition));
  const auto files = TRY(s_.registry_.files(d_.model, one.candidate));
  if (d_.gates.max_bytes > 0) {
    std::int64_t bytes = 0;
    for (const auto& file : files) bytes += file.size_bytes;
    checks.push_back(at_most("size", "bytes", static_cast<double>(bytes), static_cast<double>(d_.gates.max_bytes), static_cast<std::int64_t>(files.size()), "bytes"));
    checks.back().group = "size";
  }
  if (d_.gates.latency_p99_ms > 0 && reference.inputs.rows > 0) {
    auto batch = cut(reference.inputs, static_cast<std::size_t>(d_.gates.latency_rows));
    const auto signature = TRY(s_.serving_.signature(d_.model, one.candidate));
    std::erase_if(batch.columns, [&](const infer::Tensor& tensor) {
      return std::ranges::none_of(signature.inputs, [&](const infer::Port& port) { return port.name == tensor.name; });
    });
    std::vector<double> times_ms;
    for (int i = 0; i < kLatencyRuns; ++i) {
      const auto started_ns = thread_cpu_ns();
      TRY(s_.serving_.evaluate(d_.model, one.candidate, batch));
      times_ms.push_back(static_cast<double>(thread_cpu_ns() - started_ns) / 1e6);
    }
    std::ranges::sort(times_ms);
    auto check = at_most("latency p99", "ms", times_ms[kLatencyRuns * 99 / 100], d_.gates.latency_p99_ms, kLatencyRuns, "ms");
    check.note = fmt::format("{} rows a request, on the processor: what else the machine does is not the model's", d_.gates.latency_rows);
    check.group = "latency";
    checks.push_back(std::move(check));
  }
  const auto training = TRY(s_.registry_.evidence(d_.model, one.candidate, "training"));
  if (d_.gates.min_training_rows > 0) {
    const auto rows = training ? training->body["rows"].int_or(0) : 0;
    checks.push_back(at_least("training rows", "rows", static_cast<double>(rows), static_cast<double>(d_.gates.min_training_rows), rows));
    checks.back().group = "data";
  }
  if (d_.gates.max_missing < 1) {
    const auto missing = training ? training->body["missing"].number_or(1) : 1;
    checks.push_back(at_most("missing values", "share", missing, d_.gates.max_missing, training ? training->body["rows"].int_or(0) : 0));
    checks.back().group = "data";
  }
  return {};
}

}  // namespace gyre::policy
