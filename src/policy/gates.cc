// What a candidate must show.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/words.h"
#include "policy/gate_checks.h"
#include "policy/progress.h"

namespace gyre::policy {
namespace {

constexpr std::size_t kMaxGateRows = 300'000;
constexpr int kLatencyRuns = 60;

// The first `rows` of a batch, repeated where it has fewer.
serving::Batch cut(const serving::Batch& batch, std::size_t rows) {
  serving::Batch out{rows, {}, {}};
  for (const auto& column : batch.columns) {
    infer::Tensor tensor{column.name, column.shape, {}};
    if (!tensor.shape.empty()) tensor.shape.front() = static_cast<std::int64_t>(rows);
    const auto width = column.size() / batch.rows;
    std::visit(
        [&]<class T>(const std::vector<T>& values) {
          std::vector<T> some;
          for (std::size_t i = 0; i < rows * width; ++i) some.push_back(values[i % values.size()]);
          tensor.values = std::move(some);
        },
        column.values);
    out.columns.push_back(std::move(tensor));
  }
  return out;
}

// What this thread's work took: how long it waited for the processor says nothing about the model.
std::int64_t thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

bool GateOutcome::passed() const { return enough_rows && !checks.empty() && std::ranges::all_of(checks, &Check::passed); }

// The day behind the last that a version was trained on; it may be tested from there on.
Result<TimeMs> Mover::trained_through(std::int64_t version) {
  const auto evidence = TRY(s_.registry_.evidence(d_.model, version, "training"));
  const auto wrong = [&](std::string what) {
    return fail(Code::invalid, fmt::format("{}@{} {}, so gates cannot tell which rows it has seen", d_.model, version, what), {},
                "let the step that trains write \"to\", the last day of its data, as {\"to\": \"2001-04-03\"}, into the JSON output that 'registers.evidence' "
                "calls training, and deploy a version of that");
  };
  if (!evidence) return wrong("has no evidence 'training'");
  const auto& to = evidence->body["to"];
  if (to.is_null()) return wrong("has evidence 'training' without \"to\"");
  const auto day = from_iso(to.string_or(""));
  if (!day) return wrong(fmt::format("has evidence 'training' whose \"to\" is {:.80} and no day in ISO 8601", json::to_text(to)));
  return *day + kDayMs;
}

Result<monitoring::Monitor> Mover::monitor() {
  auto found = TRY(s_.monitoring_.monitor_of(d_.endpoint));
  if (!found)
    return fail(Code::invalid, fmt::format("endpoint '{}' has no monitor that names its prediction", d_.endpoint), {},
                "put one under 'monitors' in the project file and apply it");
  return *std::move(found);
}

Result<std::vector<double>> Mover::scores(std::int64_t version, const serving::Batch& inputs) {
  const auto monitor = TRY(this->monitor());
  for (const auto& output : TRY(s_.serving_.evaluate(d_.model, version, inputs))) {
    if (output.name == monitor.definition.prediction) return infer::as_numbers(output);
  }
  return fail(Code::invalid, fmt::format("{}@{} has no output '{}'", d_.model, version, monitor.definition.prediction));
}

Result<GateOutcome> Mover::measure(const Case& one) {
  auto outcome = one.champion > 0 ? TRY(measure_paired(one)) : TRY(measure_absolute(one));
  if (outcome.enough_rows) TRY(add_limits(one, outcome.checks));
  return outcome;
}

Result<GateOutcome> Mover::measure_absolute(const Case& one) {
  GateOutcome outcome;
  const auto monitor = TRY(this->monitor());
  const auto rows = TRY(s_.monitoring_.reference_rows(d_.model, one.candidate, monitor.definition));
  monitoring::ScoreSketch sketch;
  for (std::size_t i = 0; i < rows.label.size(); ++i) sketch.add(rows.score[i], rows.label[i]);
  const auto quality = monitoring::quality_of(sketch);
  auto check = at_least("quality", "auc", quality.auc, d_.gates.min_auc, quality.n);
  check.group = "absolute";
  check.low = quality.auc - 1.96 * quality.auc_error;
  check.high = quality.auc + 1.96 * quality.auc_error;
  check.note = "on the held-out reference; there is no champion to compare with";
  if (quality.n < d_.gates.min_rows) {
    check.passed = false;
    check.note = fmt::format("the held-out reference has {} rows, {} are needed", plain_count(quality.n), plain_count(d_.gates.min_rows));
  }
  outcome.checks.push_back(std::move(check));
  return outcome;
}

// Windows that begin before count as a whole, so it may be more than there is; whoever needs the rows reads them.
Result<std::int64_t> Mover::labelled_since(TimeMs from_ms) {
  const auto monitor = TRY(s_.monitoring_.monitor_of(d_.endpoint));
  const auto window_ms = monitor ? monitor->definition.window_ms : 0;
  return labelled_in(TRY(s_.monitoring_.labelled_windows(d_.endpoint, from_ms - window_ms + 1))).rows;
}

Result<PairedResult> Mover::paired(const Case& one, const monitoring::LabelledRows& rows, std::vector<double>* gains_out) {
  const auto candidate = TRY(scores(one.candidate, rows.inputs)), champion = TRY(scores(one.champion, rows.inputs));
  if (candidate.size() != rows.label.size() || champion.size() != rows.label.size()) return fail(Code::invalid, "a model gave not one prediction a row");
  std::vector<double> gains;
  double champion_loss = 0, candidate_loss = 0;
  for (std::size_t i = 0; i < rows.label.size(); ++i) {
    const double theirs = monitoring::log_loss(champion[i], rows.label[i]), ours = monitoring::log_loss(candidate[i], rows.label[i]);
    champion_loss += theirs;
    candidate_loss += ours;
    gains.push_back(theirs - ours);
  }
  auto result = paired_test(gains, rows.at_ms, d_.gates.cluster_ms);
  result.champion_loss = champion_loss / static_cast<double>(gains.size());
  result.candidate_loss = candidate_loss / static_cast<double>(gains.size());
  if (gains_out) *gains_out = std::move(gains);
  return result;
}

Result<GateOutcome> Mover::measure_paired(const Case& one) {
  GateOutcome outcome;
  const auto from_ms = std::max({TRY(trained_through(one.candidate)), TRY(trained_through(one.champion)), one.onset_ms});
  auto there = TRY(labelled_since(from_ms));
  monitoring::LabelledRows rows;
  if (there >= d_.gates.min_rows) {
    rows = TRY(s_.monitoring_.labelled_rows(d_.endpoint, from_ms, now_ms_, kMaxGateRows));
    there = static_cast<std::int64_t>(rows.label.size());
  }
  if (there < d_.gates.min_rows) {
    outcome.enough_rows = false;
    outcome.missing =
        fmt::format("{} of {} labelled rows from {} on, which neither model has seen", plain_count(there), plain_count(d_.gates.min_rows), plain_day(from_ms));
    return outcome;
  }
  std::vector<double> gains;
  const auto result = TRY(paired(one, rows, &gains));
  auto gain = at_least("log loss gain", "log_loss", result.mean, d_.gates.min_gain, result.n);
  gain.low = result.low();
  gain.high = result.high();
  gain.group = "paired";
  gain.champion = result.champion_loss;
  gain.candidate = result.candidate_loss;
  gain.note = fmt::format("v{} against v{} on the same rows from {} on, {} clusters of time", one.candidate, one.champion, plain_day(from_ms), result.clusters);
  outcome.checks.push_back(std::move(gain));
  auto significance = at_least("z of the gain", "z", result.z, d_.gates.z, result.n);
  significance.group = "paired";
  significance.note = "errors clustered by time";
  outcome.checks.push_back(std::move(significance));
  for (const auto& column : d_.gates.slice_columns) outcome.checks.push_back(slice_check(column, rows, gains, d_.gates));
  return outcome;
}

// Worse for sure: by more than the limit and more than chance explains.
Result<Check> Mover::gain_in_service(const Case& one, const monitoring::LabelledRows& rows) {
  const auto result = TRY(paired(one, rows));
  auto check = at_least("gain in service", "log_loss", result.mean, -d_.rollout.max_loss, result.n);
  check.passed = !(-result.mean > d_.rollout.max_loss && -result.z > d_.gates.z);
  check.low = result.low();
  check.high = result.high();
  check.group = "paired";
  check.champion = result.champion_loss;
  check.candidate = result.candidate_loss;
  check.note = fmt::format("v{} against v{} on the same rows", one.candidate, one.champion);
  if (check.passed && check.value < check.limit) check.note += fmt::format("; chance explains so much, z {}", plain_figure(result.z));
  return check;
}

Result<Check> Mover::latency_check(const Case& one, const serving::Batch& reference) {
  auto check = at_most("latency p99", "ms", 0, d_.gates.latency_p99_ms, 0, "ms");
  check.group = "latency";
  if (reference.rows == 0) return unmeasured(std::move(check), false, "the version has no reference rows to measure with");
  const auto batch = cut(reference, static_cast<std::size_t>(std::max<std::int64_t>(1, d_.gates.latency_rows)));
  std::vector<double> times_ms;
  for (int i = 0; i < kLatencyRuns; ++i) {
    const auto started_ns = thread_cpu_ns();
    TRY(s_.serving_.evaluate(d_.model, one.candidate, batch));
    times_ms.push_back(static_cast<double>(thread_cpu_ns() - started_ns) / 1e6);
  }
  std::ranges::sort(times_ms);
  check.value = times_ms[kLatencyRuns * 99 / 100];
  check.n = kLatencyRuns;
  check.passed = check.value <= check.limit;
  check.note = fmt::format("{} rows a request, processor time", batch.rows);
  return check;
}

Result<void> Mover::add_limits(const Case& one, std::vector<Check>& checks) {
  const auto monitor = TRY(this->monitor());
  const auto reference = TRY(s_.monitoring_.reference_rows(d_.model, one.candidate, monitor.definition));
  const auto files = TRY(s_.registry_.files(d_.model, one.candidate));
  if (d_.gates.max_bytes > 0) {
    std::int64_t bytes = 0;
    for (const auto& file : files) bytes += file.size_bytes;
    checks.push_back(
        at_most("size", "bytes", static_cast<double>(bytes), static_cast<double>(d_.gates.max_bytes), static_cast<std::int64_t>(files.size()), "bytes"));
    checks.back().group = "size";
  }
  if (d_.gates.latency_p99_ms > 0) checks.push_back(TRY(latency_check(one, reference.inputs)));
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
