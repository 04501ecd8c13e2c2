// What a run reports as a stream of events that each take effect once, however often they are sent.
#pragma once

#include <variant>

#include "tracking/tracking.h"

namespace gyre::tracking {

// One event of one source, as docs/formats/offline-run.md has it.
struct MetricsEvent {
  std::vector<Metric> points;
};
struct ParamsEvent {
  std::vector<Param> params;
};
struct TagsEvent {
  std::vector<Tag> put;
  std::vector<std::string> removed;
};
struct HeartbeatEvent {};
struct StartEvent {};  // it runs again
struct EndEvent {
  TimeMs at_ms = 0;
  std::string status;  // FINISHED FAILED KILLED
};
using RunEvent = std::variant<MetricsEvent, ParamsEvent, TagsEvent, HeartbeatEvent, StartEvent, EndEvent>;

// Events of one writer of the run, in order; the first is its event number `from`.
struct RunEvents {
  std::string source;
  std::int64_t from = 0;
  std::vector<RunEvent> events;
};

// An event that breaks a rule, such as another value for a parameter. What else it holds is taken, and so are those after it: a stream
// that stood still at it would lose more.
struct RefusedEvent {
  std::int64_t number = 0;
  std::string why;
};

struct TakenEvents {
  std::int64_t position = 0;            // events of the source that have taken effect: the number of its next one
  std::int64_t taken = 0;               // of this call
  std::int64_t refused = 0;             // of this call
  std::vector<RefusedEvent> told = {};  // the first kMaxToldRefusals of them
};

struct RunSource {
  std::string source;
  std::int64_t position = 0;
  TimeMs seen_ms = 0;  // when the server last heard of it
};

constexpr std::size_t kMaxStreamEvents = 10'000, kMaxStreamPoints = 50'000;  // of one call
constexpr std::size_t kMaxEventValues = 1000;                                // of one event
constexpr std::size_t kMaxToldRefusals = 20;
constexpr std::int64_t kMaxSourcesOfRun = 10'000;
constexpr std::size_t kMaxSourceBytes = 64;

// Thread-safe. The position of a source is in the transaction that takes its events, so that both are durable or neither is.
class RunStreams {
 public:
  RunStreams(Service& service, const Clock& clock) : service_(service), clock_(clock) {}

  // A run under an id of its maker's choice (run_id.h). Where there is a run of that id, it is that run, whatever else is told of it.
  Result<Run> create(const NewRun& run, const std::string& id);

  // Takes those events that come after the source's position. `conflict` where `from` lies beyond it, `invalid` for a deleted run.
  Result<TakenEvents> take(std::string_view run_id, const RunEvents& sent);
  // Those that have sent something, by name; of one source alone where it is named.
  Result<std::vector<RunSource>> sources(std::string_view run_id, std::string_view source = "");

 private:
  Service& service_;
  const Clock& clock_;
};

// [A-Za-z0-9][A-Za-z0-9_.]{0,63}
Result<void> check_source(std::string_view source);

}  // namespace gyre::tracking
