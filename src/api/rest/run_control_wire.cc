#include "api/rest/run_control_wire.h"

#include <algorithm>

namespace gyre::rest {

void signal_fields(Writer& writer, const tracking::StopSignal& signal) {
  writer.field("stop", signal.stop);
  writer.field("reason", signal.reason);
  writer.field("by", signal.by);
  maybe_time_field(writer, "at", signal.at_ms);
  writer.field("rev", signal.rev);
}

void heartbeat_fields(Writer& writer, const tracking::Heartbeat& heartbeat) {
  writer.field("every_ms", heartbeat.every_ms);
  time_field(writer, "last_at", heartbeat.last_ms);
  maybe_time_field(writer, "silent_since", heartbeat.silent_ms);
}

namespace {

void step_field(Writer& writer, std::string_view name, const tracking::Step& step) {
  if (step.fraction == 0) return writer.field(name, step.whole);
  writer.field(name, tracking::number_of(step));
}

void copying_field(Writer& writer, const std::optional<tracking::Copying>& copying) {
  writer.key("copy");
  if (!copying) return writer.null();
  writer.begin_object();
  writer.field("state", copying->state);
  writer.field("from", copying->source_id);
  step_field(writer, "step", copying->step);
  writer.field("points", copying->points);
  writer.field("trouble", copying->trouble);
  writer.end_object();
}

}  // namespace

void standing_reply(Writer& writer, const tracking::RunStanding& standing, const std::optional<tracking::Copying>& copying) {
  writer.begin_object();
  writer.field("state", standing.state);
  maybe_time_field(writer, "archived_at", standing.archived_ms);
  writer.key("signal");
  writer.begin_object();
  signal_fields(writer, standing.signal);
  writer.end_object();
  writer.key("heartbeat");
  if (standing.heartbeat) {
    writer.begin_object();
    heartbeat_fields(writer, *standing.heartbeat);
    writer.end_object();
  } else {
    writer.null();
  }
  copying_field(writer, copying);
  writer.end_object();
}

namespace {

struct ChangeBody {
  std::optional<std::string> name, note;
  std::map<std::string, std::optional<std::string>> tags;
};
BOOST_DESCRIBE_STRUCT(ChangeBody, (), (name, note, tags))

struct SelectBody {
  std::vector<std::string> experiments, sort;
  std::string filter, view = "ACTIVE_ONLY";
  std::int64_t top = static_cast<std::int64_t>(tracking::kMaxBulkRuns);
};
BOOST_DESCRIBE_STRUCT(SelectBody, (), (experiments, sort, filter, view, top))

struct BulkBody {
  std::vector<std::string> runs, keys;
  std::optional<SelectBody> select;
  std::string action, reason;
  std::map<std::string, std::string> tags;
};
BOOST_DESCRIBE_STRUCT(BulkBody, (), (runs, keys, select, action, reason, tags))

}  // namespace

Result<tracking::RunChange> read_run_change(const net::Request& request) {
  auto sent = TRY(body<ChangeBody>(request));
  return tracking::RunChange{std::move(sent.name), std::move(sent.note), std::move(sent.tags)};
}

void write_run_change(Writer& writer, const tracking::RunChange& change) {
  writer.begin_object();
  if (change.name) writer.field("name", *change.name);
  if (change.note) writer.field("note", *change.note);
  writer.key("tags");
  writer.begin_object();
  for (const auto& [key, value] : change.tags) {
    writer.key(key);
    if (value) {
      writer.string(*value);
    } else {
      writer.null();
    }
  }
  writer.end_object();
  writer.end_object();
}

Result<tracking::BulkOrder> read_bulk_order(const net::Request& request) {
  auto sent = TRY(body<BulkBody>(request));
  tracking::BulkOrder order{.runs = std::move(sent.runs),
                            .select = {},
                            .action = TRY(tracking::parse_bulk_action(sent.action)),
                            .tags = std::move(sent.tags),
                            .keys = std::move(sent.keys),
                            .reason = std::move(sent.reason)};
  if (!sent.select) return order;
  const auto most = static_cast<std::int64_t>(tracking::kMaxBulkRuns);
  if (sent.select->experiments.empty()) return fail(Code::invalid, "'select.experiments' names no experiment", {}, "their ids; gyre exp ls tells them");
  if (sent.select->view != "ACTIVE_ONLY" && sent.select->view != tracking::kArchivedOnly && sent.select->view != tracking::kNotDeleted)
    return fail(Code::invalid, fmt::format("'select.view' cannot be '{:.40}'", sent.select->view), {}, "one of: ACTIVE_ONLY, ARCHIVED_ONLY, NOT_DELETED");
  if (sent.select->top < 1 || sent.select->top > most)
    return fail(Code::invalid, fmt::format("'select.top' must be between 1 and {}, not {}", most, sent.select->top));
  order.select = tracking::Search{.experiment_ids = std::move(sent.select->experiments),
                                  .filter = std::move(sent.select->filter),
                                  .view = std::move(sent.select->view),
                                  .order_by = std::move(sent.select->sort),
                                  .limit = sent.select->top};
  return order;
}

void write_bulk_outcome(Writer& writer, const tracking::BulkOutcome& outcome) {
  writer.begin_object();
  writer.field("matched", outcome.matched);
  writer.field("changed", outcome.changed);
  writer.field("more", outcome.more);
  writer.field("skipped_total", outcome.skipped_total);
  writer.key("skipped");
  writer.begin_array();
  for (const auto& one : outcome.skipped) {
    writer.begin_object();
    writer.field("id", one.id);
    writer.field("why", one.why);
    writer.end_object();
  }
  writer.end_array();
  writer.key("undo");
  writer.begin_array();
  for (const auto& one : outcome.undo) {
    writer.begin_object();
    writer.field("action", to_string(one.action));
    strings_field(writer, "runs", one.runs);
    if (one.action == tracking::BulkAction::untag) strings_field(writer, "keys", one.keys);
    if (one.action == tracking::BulkAction::tag) {
      writer.key("tags");
      writer.begin_object();
      for (const auto& [key, value] : one.tags) writer.field(key, value);
      writer.end_object();
    }
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

Result<tracking::Step> read_step(const json::Value& sent, std::string_view name) {
  if (sent.if_int()) return tracking::Step{*sent.if_int()};
  if (!sent.if_double()) return fail(Code::invalid, fmt::format("'{}' is missing, or no number", name), {}, "the last step that is kept: {\"step\": 4000}");
  return tracking::step_of(*sent.if_double());
}

namespace {

struct ForkBody {
  json::Value step;
  std::string name, id, user;
};
BOOST_DESCRIBE_STRUCT(ForkBody, (), (step, name, id, user))

struct RewindBody {
  json::Value step;
};
BOOST_DESCRIBE_STRUCT(RewindBody, (), (step))

Result<net::Response> forked_reply(const RunSteering& steering, const tracking::Forked& forked) {
  const auto info = TRY(steering.tracking.run(forked.run_id)).info;
  const auto copying = TRY(steering.forks.copying(forked.run_id));
  Writer writer;
  writer.begin_object();
  link_fields(writer, run_link(info.id, info.name));
  writer.field("id", info.id);
  writer.key("archive");
  if (forked.archive.empty()) {
    writer.null();
  } else {
    writer.string(forked.archive);
  }
  copying_field(writer, copying);
  writer.end_object();
  return reply(writer);
}

}  // namespace

Result<net::Response> fork_run(const RunSteering& steering, const net::Request& request) {
  auto sent = TRY(body<ForkBody>(request));
  const auto step = TRY(read_step(sent.step, "step"));
  return forked_reply(
      steering, TRY(steering.forks.fork(request.parameter("run"), {std::move(sent.name), std::move(sent.id), step, std::move(sent.user)}, actor_of(request))));
}

Result<net::Response> rewind_run(const RunSteering& steering, const net::Request& request) {
  const auto step = TRY(read_step(TRY(body<RewindBody>(request)).step, "step"));
  return forked_reply(steering, TRY(steering.forks.rewind(request.parameter("run"), step, actor_of(request))));
}

}  // namespace gyre::rest
