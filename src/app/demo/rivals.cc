#include "app/demo/rivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/decode.h"

namespace gyre::demo {
namespace {

constexpr std::string_view kPrediction = "p_late";
constexpr std::size_t kAllRevisions = 10'000, kAllRuns = 1000;

std::string run_key(TimeMs day) { return fmt::format("calendar-{}", to_iso_date(day)); }

// What the endpoint answered: flight -> probability.
Result<std::unordered_map<std::int64_t, double>> answers(serving::Service& serving, query::Engine& engine, TimeMs day) {
  std::unordered_map<std::int64_t, double> answered;
  std::string files;
  for (const auto& file : TRY(serving.log().sealed(kEndpoint, day, day + kDayMs))) {
    if (file.role == "primary") files += (files.empty() ? "" : ", ") + query::quote(file.path.string());
  }
  if (files.empty()) return answered;
  TRY(engine.run(
      fmt::format("SELECT prediction_id::BIGINT, {}::DOUBLE FROM read_parquet([{}], union_by_name = true)", kPrediction, files), {}, [](const auto&) {},
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t i = 0; i < block.rows; ++i) answered.emplace(block.columns[0].integers[i], block.columns[1].reals[i]);
        return {};
      }));
  return answered;
}

serving::Batch batch_of(const Day& flights, const std::vector<std::size_t>& rows) {
  const auto text = [&](std::string_view name, const std::vector<std::string>& column) {
    std::vector<std::string> values;
    for (const auto row : rows) values.push_back(column[row]);
    return infer::Tensor{std::string(name), {static_cast<std::int64_t>(rows.size()), 1}, std::move(values)};
  };
  const auto number = [&](std::string_view name, const std::vector<double>& column) {
    std::vector<float> values;
    for (const auto row : rows) values.push_back(static_cast<float>(column[row]));
    return infer::Tensor{std::string(name), {static_cast<std::int64_t>(rows.size()), 1}, std::move(values)};
  };
  return {.rows = rows.size(),
          .columns = {text("origin", flights.origin), text("destination", flights.destination), number("distance", flights.distance),
                      number("dep_min", flights.dep_min), number("dow", flights.dow)},
          .ids = {}};
}

}  // namespace

Result<void> Rivals::begin_day(TimeMs day) {
  if (day <= serve_from_ms_ || (day - serve_from_ms_) % kCalendarEveryMs != 0) return {};
  TRY(rooms_.pipelines.start({std::string(kCalendarPipeline), {{"as_of", to_iso_date(day)}}, "demo: every 28 days", run_key(day)}));
  return {};
}

Result<const Rivals::Version*> Rivals::loaded(std::string_view model, std::int64_t number) {
  const auto name = fmt::format("{}@{}", model, number);
  if (const auto found = versions_.find(name); found != versions_.end()) return &found->second;
  const auto signature = TRY(rooms_.serving.signature(model, number));
  Version version{std::string(model), number, {}, {}};
  for (const auto& [column, words] : {std::pair("origin", &version.origins), std::pair("destination", &version.destinations)}) {
    const auto listed = signature.metadata.find(fmt::format("gyre.vocabulary.{}", column));
    if (listed == signature.metadata.end()) return fail(Code::invalid, fmt::format("{} does not tell its vocabulary of '{}'", name, column));
    for (auto& word : TRY(json::decode_text<std::vector<std::string>>(listed->second))) words->insert(std::move(word));
  }
  return &versions_.emplace(name, std::move(version)).first->second;
}

Result<const Rivals::Version*> Rivals::first() {
  const auto revisions = TRY(rooms_.serving.revisions(kEndpoint, kAllRevisions));
  if (revisions.empty())
    return fail(Code::conflict, "the endpoint never had a model", {}, "see why the policy 'first-model' did not promote one: gyre policy show first-model");
  return loaded(kEndpoint, revisions.back().routes.front().version);
}

// The latest that was trained on or before `day`; before the first of them, the first model.
Result<const Rivals::Version*> Rivals::by_calendar(TimeMs day) {
  const auto latest_key = run_key(day);
  for (const auto& run : TRY(rooms_.pipelines.runs(kCalendarPipeline, kAllRuns))) {  // newest first
    if (run.key <= latest_key && run.status == "succeeded" && !run.versions.empty()) return loaded(kCalendarModel, run.versions.front().version);
  }
  return first();
}

Result<std::vector<double>> Rivals::scores(const Version& version, const Day& flights, const std::vector<std::size_t>& rows) {
  for (const auto& output : TRY(rooms_.serving.evaluate(version.model, version.number, batch_of(flights, rows)))) {
    const auto* values = std::get_if<std::vector<float>>(&output.values);
    if (output.name == kPrediction && values) return std::vector<double>(values->begin(), values->end());
  }
  return fail(Code::invalid, fmt::format("{}@{} has no output '{}'", version.model, version.number, kPrediction));
}

Result<DayResult> Rivals::compare(query::Engine& engine, const Day& flights, TimeMs day) {
  DayResult result;
  const auto answered = TRY(answers(rooms_.serving, engine, day));
  const auto *never = TRY(first()), *calendar = TRY(by_calendar(day));
  std::vector<std::size_t> rows;
  std::vector<double> served;
  for (std::size_t row = 0; row < flights.rows(); ++row) {
    const auto answer = answered.find(flights.flight_id[row]);
    if (answer == answered.end()) {
      ++result.refused;
      continue;
    }
    if (!never->knows(flights, row) || !calendar->knows(flights, row)) continue;
    rows.push_back(row);
    served.push_back(answer->second);
  }
  if (rows.empty()) return result;
  const auto by_first = TRY(scores(*never, flights, rows));
  const auto by_newest = never == calendar ? by_first : TRY(scores(*calendar, flights, rows));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool late = flights.late[rows[i]];
    result.scores[kServed].add(served[i], late);
    result.scores[kNever].add(by_first[i], late);
    result.scores[kCalendar].add(by_newest[i], late);
  }
  return result;
}

Result<void> Rivals::tell(TimeMs day, const DayResult& result) {
  const auto monitor = TRY(rooms_.monitoring.monitor_of(kEndpoint));
  if (!monitor || result.scores[kNever].n() == 0) return {};
  const auto first = TRY(this->first())->number;
  for (const auto& window : TRY(rooms_.monitoring.windows(monitor->name, day, day + kDayMs))) {
    if (window.version != first) TRY(rooms_.monitoring.put_counterfactual(monitor->name, first, window.from_ms, monitoring::quality_of(result.scores[kNever])));
  }
  return {};
}

}  // namespace gyre::demo
