// Events of a run's writers, each once.
#include "tracking/run_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tracking/engine.h"
#include "tracking/logging_run.h"
#include "tracking/metrics.h"
#include "tracking/names.h"
#include "tracking/rules.h"
#include "tracking/run_id.h"
#include "tracking/run_making.h"
#include "tracking/run_marks.h"

namespace gyre::tracking {
namespace {

// What a list of events comes to, made ready outside of the transaction that writes it.
struct Sum {
  std::vector<Metric> points;
  std::map<std::string, std::pair<std::string, std::int64_t>, std::less<>> params;  // the first value of each, and the event it came with
  std::map<std::string, std::optional<std::string>, std::less<>> tags;              // the last; nothing: taken away
  std::vector<std::variant<StartEvent, EndEvent>> turns;                            // starts and ends, in order
  std::int64_t refused = 0;
  std::vector<RefusedEvent> told;

  void refuse(std::int64_t number, std::string why) {
    ++refused;
    if (told.size() < kMaxToldRefusals) told.push_back({number, std::move(why)});
  }
};

Result<void> check_key(std::string_view key) {
  if (!is_plain_name(key)) TRY(check_name("key", key));
  return check_length("key", key, kMaxKeyCharacters);
}

// Puts events into the sum. What breaks a rule is left out and told of.
class Adding {
 public:
  Adding(Sum& sum, std::int64_t number) : sum_(sum), number_(number) {}

  void operator()(const MetricsEvent& event) {
    for (const auto& point : event.points) {
      if (!allowed(point.key)) continue;
      if (point.at_ms < 0) {
        sum_.refuse(number_, fmt::format("the time of a point of '{}' lies before 1970", point.key));
      } else {
        sum_.points.push_back(point);
      }
    }
  }
  void operator()(const ParamsEvent& event) {
    for (const auto& param : event.params) {
      if (!allowed(param.key)) continue;
      const auto [at, fresh] = sum_.params.try_emplace(param.key, shortened(param.value, kMaxParamCharacters), number_);
      if (!fresh && at->second.first != shortened(param.value, kMaxParamCharacters)) refuse_change(param.key, at->second.first);
    }
  }
  void operator()(const TagsEvent& event) {
    for (const auto& tag : event.put) {
      if (allowed(tag.key)) sum_.tags[tag.key] = tag.value;
    }
    for (const auto& key : event.removed) {
      if (allowed(key)) sum_.tags[key] = std::nullopt;
    }
  }
  void operator()(const HeartbeatEvent&) {}
  void operator()(const StartEvent& event) { sum_.turns.emplace_back(event); }
  void operator()(const EndEvent& event) { sum_.turns.emplace_back(event); }

  void refuse_change(std::string_view key, std::string_view first) {
    sum_.refuse(number_, fmt::format("the parameter '{}' was logged before with another value, '{}', which stays", key, shortened(first, 80)));
  }

 private:
  bool allowed(std::string_view key) {
    const auto checked = check_key(key);
    if (!checked) sum_.refuse(number_, checked.error().message);
    return checked.has_value();
  }

  Sum& sum_;
  const std::int64_t number_;
};

Sum sum_of(std::span<const RunEvent> events, std::int64_t first) {
  Sum sum;
  for (const auto& event : events) std::visit(Adding(sum, first++), event);
  return sum;
}

// The position is read and the row held, so that two who send for one source come one after the other.
Result<std::int64_t> hold_source(sql::Tx& tx, std::string_view run_id, std::string_view source, TimeMs now_ms) {
  struct Row {
    std::int64_t n;
  };
  const auto there = TRY(tx.select<Row>("UPDATE run_sources SET seen_ms = $1 WHERE run_id = $2 AND source = $3 RETURNING position", now_ms, run_id, source));
  if (!there.empty()) return there.front().n;
  const auto all = TRY(tx.select<Row>("SELECT COUNT(*) FROM run_sources WHERE run_id = $1", run_id)).front().n;
  if (all >= kMaxSourcesOfRun)
    return fail(Code::denied, fmt::format("the run has {} sources", all), {}, "let one writer be one source, with one name for as long as it writes");
  TRY(tx.exec("INSERT INTO run_sources (run_id, source, position, seen_ms) VALUES ($1, $2, 0, $3)", run_id, source, now_ms));
  return 0;
}

// Those of which the run has another value are left as they are.
Result<void> put_params(sql::Tx& tx, std::string_view run_id, Sum& sum) {
  struct Value {
    std::string value;
  };
  constexpr std::string_view kColumns[] = {"run_id", "key", "value"};
  std::set<std::string> made;
  std::vector<sql::Value> rows;
  for (const auto& [key, param] : sum.params) rows.insert(rows.end(), {sql::to_value(run_id), sql::to_value(key), sql::to_value(param.first)});
  if (rows.empty()) return {};
  TRY(tx.insert_many("run_params", kColumns, rows, "ON CONFLICT DO NOTHING RETURNING key",
                     [&](auto row) { made.emplace(std::get<std::string_view>(row[0])); }));
  for (const auto& [key, param] : sum.params) {
    if (made.contains(key)) continue;
    const auto there = TRY(tx.select_one<Value>("SELECT value FROM run_params WHERE run_id = $1 AND key = $2", run_id, key));
    if (there && there->value != param.first) Adding(sum, param.second).refuse_change(key, there->value);
  }
  return {};
}

Result<void> put_tags(sql::Tx& tx, std::string_view run_id, const Sum& sum) {
  std::vector<Tag> put;
  for (const auto& [key, value] : sum.tags) {
    if (value) put.push_back({key, *value});
    if (!value) TRY(tx.exec_late("DELETE FROM run_tags WHERE run_id = $1 AND key = $2", run_id, key));
  }
  return put_run_tags(tx, run_id, put);
}

// A script that said FAILED or KILLED is not called FINISHED because its process ended well.
Result<void> turn(sql::Tx& tx, std::string_view run_id, const Sum& sum, TimeMs now_ms) {
  if (sum.turns.empty()) return {};
  const auto row = TRY(tx.select_one<RunRow>(fmt::format("SELECT {} FROM runs AS r WHERE r.id = $1", kRunColumns), run_id));
  if (!row) return fail(Code::not_found, fmt::format("Run with id={} not found", run_id));
  auto info = row->info();
  const auto before = info.status;
  for (const auto& one : sum.turns) {
    const auto* end = std::get_if<EndEvent>(&one);
    if (!end) info.status = "RUNNING", info.end_ms.reset();
    if (!end) continue;
    if (end->status != "FINISHED" || (info.status != "FAILED" && info.status != "KILLED")) info.status = end->status;
    info.end_ms = end->at_ms;
  }
  TRY(note_status(tx, run_id, before, info.status, now_ms));
  TRY(tx.exec("UPDATE runs SET status = $1, end_ms = $2 WHERE id = $3", info.status, info.end_ms, run_id));
  if (info.status == "RUNNING") return {};
  return before == info.status && row->end_ms == info.end_ms ? Result<void>() : publish_run(tx, now_ms, "run.finished", info);
}

Result<void> check_sizes(const RunEvents& sent) {
  TRY(check_source(sent.source));
  if (sent.from < 0)
    return fail(Code::invalid, fmt::format("'from' is {}", sent.from), {}, "the number of the first event that is sent; a source begins with 0");
  std::size_t points = 0;
  for (const auto& event : sent.events) {
    if (const auto* metrics = std::get_if<MetricsEvent>(&event)) points += metrics->points.size();
  }
  if (sent.events.size() <= kMaxStreamEvents && points <= kMaxStreamPoints) return {};
  return fail(Code::invalid, fmt::format("{} events with {} points are sent at once", sent.events.size(), points), {},
              fmt::format("send at most {} events with {} points, then those after them", kMaxStreamEvents, kMaxStreamPoints));
}

std::int64_t fresh_from(std::int64_t position, const RunEvents& sent) {
  return std::clamp(position - sent.from, std::int64_t{0}, static_cast<std::int64_t>(sent.events.size()));
}

std::unexpected<Error> gap(const RunEvents& sent, std::int64_t position) {
  return fail(Code::conflict, fmt::format("event {} of the source '{}' is sent, and {} is the next one here", sent.from, sent.source, position), {},
              fmt::format("send the events from {} on", position));
}

}  // namespace

Result<void> check_source(std::string_view source) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.'; };
  if (!source.empty() && source.size() <= kMaxSourceBytes && std::isalnum(static_cast<unsigned char>(source.front())) && std::ranges::all_of(source, allowed))
    return {};
  return fail(Code::invalid, fmt::format("'{:.80}' cannot be the name of a source", source), {},
              fmt::format("1 to {} of A-Z, a-z, 0-9, _ and ., with a letter or a digit first", kMaxSourceBytes));
}

namespace {

// What comes after the source's position, made ready for one transaction. Stays where it is: `grouped` refers to `sum`.
struct Ready {
  std::int64_t position = 0, first = 0, end = 0;  // of the source, of the first event that is new, and behind the last
  Sum sum = {};
  std::int64_t points = 0, first_id = 0;
  Grouped grouped = {};
  std::optional<std::string> packed = {};
};

Result<void> prepare(Engine& engine, std::string_view run_id, const RunEvents& sent, Ready& ready) {
  const auto known = fresh_from(ready.position, sent);
  ready.first = sent.from + known;
  ready.end = sent.from + std::ssize(sent.events);
  ready.sum = sum_of(std::span(sent.events).subspan(static_cast<std::size_t>(known)), ready.first);
  ready.points = std::ssize(ready.sum.points);
  if (ready.points == 0) return {};
  TRY(engine.quotas.check_points(run_id));
  ready.first_id = TRY(engine.ids.take(ready.points + 1));
  ready.grouped = group(ready.sum.points);
  ready.packed = pack_known(ready.grouped, *engine.series.of(run_id));
  return {};
}

struct Written {
  std::int64_t stood = 0;  // the position that the source had; another than was made ready for: nothing is written
  bool by_memory = false;
  SeriesIds made = {};
  Sum refusals = {};
};

Result<Written> write(sql::Tx& tx, Engine& engine, std::string_view run_id, std::string_view source, const Ready& ready, TimeMs now_ms) {
  const auto run = TRY(find_logging(tx, run_id));
  Written written{.stood = TRY(hold_source(tx, run_id, source, now_ms))};
  if (written.stood != ready.position) return written;
  written.refusals.params = ready.sum.params;
  TRY(put_params(tx, run_id, written.refusals));
  written.by_memory = ready.packed && run.rewinds == 0;
  if (written.by_memory) {
    TRY(append_tail(tx, run_id, ready.first_id, ready.points, *ready.packed));
    TRY(put_owed(tx, run_id, ready.first_id));
  } else if (ready.points > 0) {
    written.made = TRY(append_metrics(tx, run_id, ready.grouped, ready.first_id));
  }
  if (ready.points > 0) TRY(engine.watches.keep(tx, {run_id, run.experiment_id, run.watch_revision, ready.first_id, ready.sum.points, now_ms}));
  TRY(note_heard(tx, run_id, run, now_ms));
  TRY(put_tags(tx, run_id, ready.sum));
  TRY(turn(tx, run_id, ready.sum, now_ms));
  TRY(tx.exec("UPDATE run_sources SET position = $1 WHERE run_id = $2 AND source = $3", std::max(ready.end, written.stood), run_id, source));
  return written;
}

// What this process keeps in mind of it.
void note(Engine& engine, std::string_view run_id, const Ready& ready, const Written& written, TimeMs now_ms) {
  if (written.made.size() > kMaxPaidAtOnce) engine.series.add(run_id, written.made);
  if (written.by_memory) engine.settler.noted(now_ms);
  if (ready.points > 0) engine.book.logged(run_id, ready.points, std::ssize(ready.grouped.keys), now_ms);
}

TakenEvents answer_of(const Ready& ready, const Written& written) {
  TakenEvents taken{std::max(ready.end, written.stood), std::max(ready.end - ready.first, std::int64_t{0}), ready.sum.refused + written.refusals.refused,
                    ready.sum.told};
  for (const auto& one : written.refusals.told) {
    if (taken.told.size() < kMaxToldRefusals) taken.told.push_back(one);
  }
  return taken;
}

}  // namespace

Result<Run> RunStreams::create(const NewRun& run, const std::string& id) {
  TRY(check_run_id(id));
  TRY(check_new_run(run));
  auto& engine = engine_of(service_);
  const auto now_ms = clock_.now_ms();
  engine.quotas.refresh(now_ms);
  return engine.db.write([&](sql::Tx& tx) -> Result<Run> {
    const auto there = TRY(tx.select_one<RunRow>(fmt::format("SELECT {} FROM runs AS r WHERE r.id = $1", kRunColumns), id));
    if (!there) return make_run(tx, engine, now_ms, run, id, "");
    if (there->lifecycle != kPurging) return whole_run(tx, *there);
    return fail(Code::conflict, fmt::format("the run '{}' is being deleted for good", id), {}, "choose another id");
  });
}

Result<TakenEvents> RunStreams::take(std::string_view run_id, const RunEvents& sent) {
  constexpr int kTries = 16;  // while others send for the same source
  TRY(check_sizes(sent));
  auto& engine = engine_of(service_);
  const auto now_ms = clock_.now_ms();
  engine.quotas.refresh(now_ms);
  const auto known = TRY(sources(run_id, sent.source));
  auto position = known.empty() ? 0 : known.front().position;
  for (int tries = 0; tries < kTries; ++tries) {
    if (sent.from > position) return gap(sent, position);
    Ready ready{.position = position};
    TRY(prepare(engine, run_id, sent, ready));
    const auto written = TRY(engine_of(service_).db.write([&](sql::Tx& tx) { return write(tx, engine, run_id, sent.source, ready, now_ms); }));
    if (written.stood == position) {
      note(engine, run_id, ready, written, now_ms);
      return answer_of(ready, written);
    }
    position = written.stood;
  }
  return fail(Code::unavailable, fmt::format("others send for the source '{}' at the same time", sent.source), {}, "give each writer a source of its own");
}

Result<std::vector<RunSource>> RunStreams::sources(std::string_view run_id, std::string_view source) {
  return engine_of(service_).db.read([&](sql::Tx& tx) -> Result<std::vector<RunSource>> {
    TRY(check_active(tx, run_id));
    return tx.select<RunSource>("SELECT source, position, seen_ms FROM run_sources WHERE run_id = $1 AND ($2 = '' OR source = $2) ORDER BY source LIMIT $3",
                                run_id, source, kMaxSourcesOfRun);
  });
}

}  // namespace gyre::tracking
