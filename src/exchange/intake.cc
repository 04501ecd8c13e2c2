#include "exchange/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace gyre::exchange {
namespace {

// Neighbours of one kind from `at` on, as a list: rooms take many at a time.
template <class T>
std::vector<T> neighbours(std::span<const Record> records, std::size_t& at) {
  std::vector<T> all;
  for (; at < records.size() && std::holds_alternative<T>(records[at]); ++at) all.push_back(std::get<T>(records[at]));
  return all;
}

// Points of a run that is another here stay out.
void leave_out(std::vector<Series>& series, const tracking::Adopted& adopted) {
  const std::set<std::string_view> refused(adopted.refused.begin(), adopted.refused.end());
  std::erase_if(series, [&](const Series& one) { return refused.contains(one.run_id); });
}

bool same(const Trace& a, const Trace& b) {
  Digests one, other;
  add(one, a);
  add(other, b);
  return one.kinds == other.kinds;
}

}  // namespace

Result<Answer> Intake::take(std::span<const Record> records) {
  Answer answer;
  auto& adopted = answer.adopted;
  for (std::size_t at = 0; at < records.size();) {
    const auto& record = records[at];
    if (std::holds_alternative<Run>(record)) {
      TRY(adoption_.runs(neighbours<Run>(records, at), adopted));
    } else if (std::holds_alternative<Series>(record)) {
      auto series = neighbours<Series>(records, at);
      leave_out(series, adopted);
      TRY(adoption_.points(series, adopted));
    } else if (std::holds_alternative<LoggedModel>(record)) {
      TRY(adoption_.logged_models(neighbours<LoggedModel>(records, at), adopted));
    } else if (std::holds_alternative<Model>(record)) {
      TRY(models_.models(neighbours<Model>(records, at), adopted));
    } else if (std::holds_alternative<Version>(record)) {
      TRY(models_.versions(neighbours<Version>(records, at), adopted));
    } else if (const auto* aliases = std::get_if<Aliases>(&record)) {
      TRY(models_.aliases(aliases->model, adopted));
      ++at;
    } else if (const auto* trace = std::get_if<Trace>(&record)) {
      TRY(take_trace(*trace, adopted));
      ++at;
    } else {
      const auto& experiment = std::get<Experiment>(record);
      answer.experiments[experiment.id] = TRY(adoption_.experiment(experiment, adopted));
      ++at;
    }
  }
  return answer;
}

Result<void> Intake::take_trace(const Trace& given, tracking::Adopted& adopted) {
  const auto count = [&](std::int64_t tracking::Taken::* member) {
    ++(adopted.kinds["traces"].*member);
    adopted.kinds["spans"].*member += std::ssize(given.spans);
    adopted.kinds["trace tags"].*member += std::ssize(given.info.tags);
    adopted.kinds["trace metadata"].*member += std::ssize(given.info.metadata);
    adopted.kinds["assessments"].*member += std::ssize(given.info.assessments);
  };
  if (const auto there = TRY(trace(given.info.id))) {
    const bool is_same = same(given, *there);
    count(is_same ? &tracking::Taken::there : &tracking::Taken::differs);
    if (!is_same) adopted.note(fmt::format("trace {}", given.info.id), "is told in other words here");
    return {};
  }
  std::vector<traces::Span> spans;
  for (const auto& content : given.spans) {
    auto span = traces::from_content(content);
    if (!span) return std::unexpected(within(fmt::format("trace {}", given.info.id), span.error()));
    spans.push_back(std::move(*span));
  }
  TRY(traces_.start(given.info));
  for (std::span<const traces::Span> rest = spans; !rest.empty(); rest = rest.subspan(std::min(rest.size(), traces::kMaxSpansPerRequest))) {
    const auto block = rest.first(std::min(rest.size(), traces::kMaxSpansPerRequest));
    TRY(traces_.log_spans(given.info.experiment_id, {block.begin(), block.end()}));
  }
  for (const auto& run : given.runs) TRY(traces_.link_to_run({given.info.id}, run));
  count(&tracking::Taken::added);
  return {};
}

Result<std::optional<Trace>> Intake::trace(std::string_view id) {
  auto found = TRY(traces_.infos({std::string(id)}));
  if (found.empty()) return std::nullopt;
  Trace there{std::move(found.front()), {}, {}};
  there.spans = TRY(traces_.trace(id, true)).spans;
  return there;
}

Result<Digests> Intake::of_points(std::string_view id) {
  Digests sum;
  TRY(adoption_.each_point(id, [&](std::string_view key, std::span<const tracking::AdoptedPoint> points) { add_points(sum, id, key, points); }));
  return sum;
}

Result<std::optional<Digests>> Intake::of_version(std::string_view ref) {
  const auto at = ref.rfind('@');
  std::int64_t number = 0;
  if (at == std::string_view::npos || std::from_chars(ref.data() + at + 1, ref.data() + ref.size(), number).ptr != ref.data() + ref.size())
    return fail(Code::invalid, fmt::format("'{:.80}' is no version", ref));
  const auto found = TRY(models_.version(ref.substr(0, at), number));
  if (!found) return std::nullopt;
  Digests sum;
  add(sum, *found);
  return sum;
}

// One that is not there is nothing; other failures are.
Result<std::optional<Digests>> Intake::digest(const Name& name) {
  Digests sum;
  const auto found = [&]() -> Result<bool> {
    switch (name.thing) {
      case Thing::experiment:
        add(sum, TRY(tracking_.experiment(name.id)));
        return true;
      case Thing::run:
        add(sum, TRY(tracking_.run(name.id)));
        return true;
      case Thing::points:
        sum = TRY(of_points(name.id));
        return true;
      case Thing::model: {
        const auto model = TRY(registry_.model(name.id));
        add(sum, model);
        add(sum, Aliases{model});
        return true;
      }
      case Thing::logged_model: {
        const auto model = TRY(adoption_.model(name.id));
        if (model) add(sum, *model);
        return model.has_value();
      }
      case Thing::version: {
        const auto version = TRY(of_version(name.id));
        if (version) sum = *version;
        return version.has_value();
      }
      case Thing::trace: {
        const auto there = TRY(trace(name.id));
        if (there) add(sum, *there);
        return there.has_value();
      }
    }
    return fail(Code::invalid, "there is no such kind of thing");
  }();
  if (!found && found.error().code == Code::not_found) return std::nullopt;
  return TRY(found) ? std::optional(sum) : std::nullopt;
}

Result<std::vector<std::optional<Digests>>> Intake::digests(std::span<const Name> names) {
  std::vector<std::optional<Digests>> all;
  for (const auto& name : names) all.push_back(TRY(digest(name)));
  return all;
}

}  // namespace gyre::exchange
