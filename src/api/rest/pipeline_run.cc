// /pipeline-runs/{run}: the graph of its steps, and their logs
#include <algorithm>

#include "api/rest/pipelines.h"
#include "api/rest/refs.h"
#include "api/rest/wire.h"
#include "base/hash.h"
#include "net/inert.h"

namespace gyre::rest {
namespace {

constexpr std::int64_t kMaxLogPart = 1 << 20;

struct Artefact {
  std::string name, from;
  std::optional<std::int64_t> size_bytes;
  std::string sha256;
};

std::string step_status(std::string_view state) {
  if (state == "running") return "run";
  if (state == "waiting") return "wait";
  if (state == "succeeded" || state == "cached") return "ok";
  return state == "failed" ? "crit" : "none";
}

// One hash for an output of several files: of their names and hashes.
Artefact to_artefact(std::string name, std::string from, const pipelines::Output& output) {
  Artefact artefact{std::move(name), std::move(from), 0, ""};
  Sha256 hash;
  for (const auto& file : output.files) {
    *artefact.size_bytes += file.size_bytes;
    hash.update(fmt::format("{} {}\n", file.relative, file.sha256));
  }
  artefact.sha256 = output.files.size() == 1 && !output.folder ? output.files.front().sha256 : hash.finish_hex();
  return artefact;
}

class RunView {
 public:
  RunView(const Rooms& rooms, const pipelines::Run& run) : rooms_(rooms), run_(run) {}

  Result<void> write_steps(Writer& writer) {
    writer.key("steps");
    writer.begin_array();
    for (const auto& step : run_.steps) TRY(write_step(writer, step));
    writer.end_array();
    return {};
  }

  void write_edges(Writer& writer) {
    writer.key("edges");
    writer.begin_array();
    for (const auto& step : run_.definition.steps) {
      for (const auto& [name, source] : step.inputs) {
        if (const auto from = pipelines::step_output(source)) write_edge(writer, from->first, step.name, from->second);
      }
      for (const auto& before : step.after) write_edge(writer, before, step.name, "");
    }
    writer.end_array();
  }

 private:
  static void write_edge(Writer& writer, std::string_view from, std::string_view to, std::string_view artefact) {
    writer.begin_object();
    writer.field("from", from);
    writer.field("to", to);
    writer.field("artefact", artefact);
    writer.end_object();
  }

  const pipelines::StepRun* step_run(std::string_view name) const {
    const auto found = std::ranges::find(run_.steps, name, &pipelines::StepRun::name);
    return found == run_.steps.end() ? nullptr : &*found;
  }

  // What it takes from another step, or from a commit that was pinned when it first began.
  Artefact input(const pipelines::StepRun& step, const std::string& name, const std::string& source) {
    if (const auto from = pipelines::step_output(source)) {
      const auto* giver = step_run(from->first);
      for (const auto& output : giver ? giver->outputs : std::vector<pipelines::Output>()) {
        if (output.name == from->second) return to_artefact(name, source, output);
      }
      return {name, source, std::nullopt, ""};
    }
    const auto pinned = step.inputs.find(name);
    if (pinned == step.inputs.end()) return {name, source, std::nullopt, ""};
    const auto ref = datasets::parse_ref(pinned->second);
    const auto entry = rooms_.datasets.entry(pinned->second);
    Artefact artefact{name, ref ? fmt::format("{}/{}", commit_link(ref->repo, ref->name).ref, ref->path) : pinned->second, std::nullopt, ""};
    if (entry) artefact.size_bytes = entry->size_bytes, artefact.sha256 = entry->sha256;
    return artefact;
  }

  static void write_artefact(Writer& writer, const Artefact& artefact) {
    writer.begin_object();
    writer.field("name", artefact.name);
    writer.field("from", artefact.from);
    maybe_integer_field(writer, "bytes", artefact.size_bytes);
    writer.field("sha256", artefact.sha256);
    writer.end_object();
  }

  // After the start of the run; both by the machine's clock.
  std::optional<std::int64_t> offset_ms(const pipelines::StepRun& step) const {
    if (step.machine_started_ms == 0 || run_.machine_created_ms == 0) return std::nullopt;
    return std::max<std::int64_t>(0, step.machine_started_ms - run_.machine_created_ms);
  }

  // From the moment at which all that it takes was there.
  std::optional<std::int64_t> waited_ms(const pipelines::StepRun& step, const pipelines::Step& definition) const {
    if (step.machine_started_ms == 0 || run_.machine_created_ms == 0) return std::nullopt;
    auto ready_ms = run_.machine_created_ms;
    const auto after = [&](std::string_view name) {
      if (const auto* before = step_run(name)) ready_ms = std::max(ready_ms, before->machine_finished_ms);
    };
    for (const auto& [name, source] : definition.inputs) {
      if (const auto from = pipelines::step_output(source)) after(from->first);
    }
    for (const auto& name : definition.after) after(name);
    return std::max<std::int64_t>(0, step.machine_started_ms - ready_ms);
  }

  static std::optional<std::int64_t> duration_ms(const pipelines::StepRun& step) {
    if (step.machine_started_ms == 0) return std::nullopt;
    if (step.status == "running") return std::max<std::int64_t>(0, RealClock().now_ms() - step.machine_started_ms);
    if (step.machine_finished_ms == 0) return std::nullopt;
    return std::max<std::int64_t>(0, step.machine_finished_ms - step.machine_started_ms);
  }

  Result<void> write_step(Writer& writer, const pipelines::StepRun& step) {
    const auto& definition = *run_.definition.step(step.name);
    const bool ran = step.attempt > 0 && step.status != "cached";
    writer.begin_object();
    writer.field("name", step.name);
    writer.field("status", step_status(step.status));
    writer.field("state", step.status == "waiting" ? "queued" : step.status);
    writer.field("attempt", step.attempt);
    writer.field("attempts", definition.retries + 1);
    writer.field("exit", step.status == "running" ? "" : step.ending);
    writer.field("cause", step.error);
    writer.field("command", fmt::format("{}", fmt::join(definition.command, " ")));
    maybe_integer_field(writer, "waited_ms", waited_ms(step, definition));
    maybe_integer_field(writer, "offset_ms", offset_ms(step));
    maybe_integer_field(writer, "duration_ms", duration_ms(step));
    maybe_integer_field(writer, "cpu_ms", ran && step.status != "running" ? std::optional(step.cpu_ms) : std::nullopt);
    maybe_integer_field(writer, "memory_bytes", ran && step.max_memory_bytes > 0 ? std::optional(step.max_memory_bytes) : std::nullopt);
    writer.field("log_bytes", TRY(rooms_.pipelines.log_bytes(step)));
    maybe_link_field(writer, "run",
                     step.tracking_run.empty() ? std::nullopt : std::optional(run_link(step.tracking_run, fmt::format("{}-{}", run_.pipeline, step.name))));
    writer.key("inputs");
    writer.begin_array();
    for (const auto& [name, source] : definition.inputs) write_artefact(writer, input(step, name, source));
    writer.end_array();
    writer.key("outputs");
    writer.begin_array();
    for (const auto& output : step.outputs) write_artefact(writer, to_artefact(output.name, "", output));
    writer.end_array();
    writer.end_object();
    return {};
  }

  const Rooms& rooms_;
  const pipelines::Run& run_;
};

std::optional<Link> commit_of(const pipelines::Run& run) {
  const auto at = run.commit.find('@');
  if (at == std::string::npos) return std::nullopt;
  return commit_link(run.commit.substr(0, at), run.commit.substr(at + 1));
}

Result<net::Response> get_run(const Rooms& rooms, const net::Request& request) {
  const auto run = TRY(rooms.pipelines.run(request.parameter("run")));
  const bool running = run.status == "running";
  RunView view(rooms, run);
  Writer writer;
  writer.begin_object();
  run_fields(writer, run);
  maybe_link_field(writer, "commit", commit_of(run));
  parameters_field(writer, run.parameters);
  writer.field("cause", run.error);
  TRY(view.write_steps(writer));
  view.write_edges(writer);
  writer.key("can");
  writer.begin_array();
  writer.begin_object();
  writer.field("verb", "stop");
  writer.field("allowed", running);
  writer.field("why", running ? "" : "It has ended.");
  writer.end_object();
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

// A part that ends within a character leaves that to the next one.
std::size_t whole_characters(std::string_view text) {
  constexpr std::size_t kLongest = 4;
  for (std::size_t back = 1; back <= std::min(kLongest, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    const std::size_t length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back && text.size() > back ? text.size() - back : text.size();
  }
  return text.size();
}

Result<net::Response> get_log(const Rooms& rooms, const net::Request& request) {
  const auto offset = TRY(request.query_int("offset", 0, INT64_MIN / 2, INT64_MAX / 2));
  const auto limit = TRY(request.query_int("limit", 65536, 1, kMaxLogPart));
  auto part = TRY(rooms.pipelines.log(request.parameter("run"), request.parameter("step"), offset, static_cast<std::size_t>(limit)));
  if (!part.complete) {
    const auto whole = whole_characters(part.text);
    part.next_offset -= static_cast<std::int64_t>(part.text.size() - whole);
    part.text.resize(whole);
  }
  Writer writer;
  writer.begin_object();
  writer.field("text", valid_utf8(part.text));
  writer.field("offset", part.offset);
  writer.field("next_offset", part.next_offset);
  writer.field("total_bytes", part.total_bytes);
  writer.field("done", part.complete);
  writer.end_object();
  return reply(writer);
}

// All of it so far, as it was written.
Result<net::Response> download_log(const Rooms& rooms, const net::Request& request) {
  const std::string run(request.parameter("run")), step(request.parameter("step"));
  const auto first = TRY(rooms.pipelines.log(run, step, 0, 1));
  net::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace("Content-Disposition", fmt::format("attachment; filename=\"{}-{}.log\"", url_encode(run), url_encode(step)));
  net::keep_inert(response.headers);
  response.body = net::BodyWriter([&rooms, run, step, total = first.total_bytes](ByteSink& sink) -> Result<void> {
    for (std::int64_t at = 0; at < total;) {
      const auto part = TRY(rooms.pipelines.log(run, step, at));
      if (part.text.empty()) return {};
      TRY(sink.write(part.text));
      at = part.next_offset;
    }
    return {};
  });
  return response;
}

}  // namespace

void add_pipeline_run_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/pipeline-runs/:run", get_run);
  add(router, rooms, "GET", "/pipeline-runs/:run/steps/:step/log", get_log);
  add(router, rooms, "GET", "/pipeline-runs/:run/steps/:step/log.txt", download_log);
}

}  // namespace gyre::rest
