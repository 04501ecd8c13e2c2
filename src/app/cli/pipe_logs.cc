// gyre pipe logs, and following a run that goes on.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "app/cli/interrupt.h"
#include "app/cli/pipe.h"

namespace gyre::cli {
namespace {

constexpr int kLookEachMs = 300;
constexpr std::int64_t kAwayMs = 60'000;  // that a server may be away while it is restarted
constexpr std::string_view kPartBytes = "1048576";
constexpr std::size_t kMaxLineBytes = 1 << 20;  // a longer line is printed in parts

// Lines of several steps, one behind the other; a line is printed when it is whole.
class Log {
 public:
  Log(Remote& remote, const Follow& wish, Progress& progress) : remote_(remote), wish_(wish), progress_(progress) {}

  // Prints what has come since the last call.
  Result<void> advance(const json::Value& run) {
    for (const auto& step : items(run["steps"])) {
      const auto name = step["name"].string_or("");
      width_ = std::max(width_, display_width(name));
      if (wish_.step.empty() || wish_.step == name) TRY(advance(name));
    }
    return {};
  }

  void finish() {
    for (auto& [step, at] : at_) {
      if (!at.partial.empty()) print(step, std::exchange(at.partial, ""));
    }
  }

 private:
  struct At {
    std::int64_t offset = 0;
    std::string partial;
    bool done = false;
  };

  Result<void> advance(const std::string& step) {
    auto& at = at_[step];
    while (!at.done && !interrupted()) {
      const auto part =
          TRY(remote_.get(api("pipeline-runs", wish_.run, "steps", step, "log"), {{"offset", std::to_string(at.offset)}, {"limit", std::string(kPartBytes)}}));
      const auto next = part["next_offset"].int_or(at.offset);
      at.done = part["done"].bool_or(false);
      if (next == at.offset) break;
      at.offset = next;
      take(step, at, part["text"].string_or(""));
    }
    return {};
  }

  void take(const std::string& step, At& at, std::string_view text) {
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      print(step, at.partial + std::string(text.substr(0, end)));
      at.partial.clear();
      text.remove_prefix(end + 1);
    }
    at.partial += text;
    if (at.partial.size() > kMaxLineBytes) print(step, std::exchange(at.partial, ""));
  }

  void print(std::string_view step, std::string_view line) {
    progress_.clear();
    auto* out = wish_.to_stdout ? stdout : stderr;
    const bool person = wish_.to_stdout ? stdout_is_terminal() : stderr_is_terminal();
    if (wish_.json) {
      json::Value document = json::Object{};
      document.set("step", step);
      document.set("line", line);
      print_line("log/1", document);
    } else if (wish_.step.empty()) {
      const auto name = person ? paint(pad_right(std::string(step), width_), Tone::dim, wish_.to_stdout ? Stream::out : Stream::err) : std::string(step);
      fmt::print(out, "{}{}{}\n", name, person ? "  " : "\t", person ? printable(line) : line);
    } else {
      fmt::print(out, "{}\n", person ? printable(line) : line);
    }
    std::fflush(out);
  }

  Remote& remote_;
  const Follow& wish_;
  Progress& progress_;
  std::map<std::string, At> at_;
  std::size_t width_ = 0;
};

// "train ◔ 1/2 steps  12.40 s  prepare ● 3.10 s  train ◔ 9.30 s"
std::string where_it_is(const json::Value& run) {
  auto line = fmt::format("{}  {}/{} steps  {}", text(run["state"]), run["steps_done"].int_or(0), run["steps_total"].int_or(0),
                          human_duration(run["duration_ms"].int_or(0)));
  for (const auto& step : items(run["steps"])) {
    if (step["state"].string_or("") != "running") continue;
    line += fmt::format("  {} {}", text(step["name"]), human_duration(step["duration_ms"].int_or(0)));
  }
  return line;
}

Result<json::Value> interrupted_follow(const Follow& wish) {
  return fail(Code::cancelled, fmt::format("no longer following; run {} goes on", wish.run), {},
              fmt::format("gyre pipe logs {} -f follows it again, gyre pipe cancel {} stops it", wish.run, wish.run));
}

}  // namespace

bool has_ended(const json::Value& run) {
  const auto state = run["state"].string_or("");
  return state != "running" && state != "queued";
}

int exit_of(const json::Value& run) { return run["state"].string_or("") == "succeeded" ? kDone : kFailed; }

Result<json::Value> follow(Remote& remote, const Follow& wish) {
  catch_interrupts();
  Progress progress(kLookEachMs);
  Log log(remote, wish, progress);
  auto last_answer_ns = monotonic_ns();
  while (!interrupted()) {
    auto run = remote.get(api("pipeline-runs", wish.run));
    const auto printed = run ? log.advance(*run) : Result<void>(std::unexpected(run.error()));
    if (!printed && interrupted()) break;
    if (!printed && printed.error().code == Code::unavailable && (monotonic_ns() - last_answer_ns) / 1'000'000 < kAwayMs) {
      progress.show("the server is away; the run goes on, asking again");
    } else if (!printed) {
      return std::unexpected(printed.error());
    } else {
      last_answer_ns = monotonic_ns();
      if (has_ended(*run) && !interrupted()) {
        TRY(log.advance(*run));  // what came between the run's end and its log's
        log.finish();
        return run;
      }
      progress.show(where_it_is(*run));
    }
    rest_ms(kLookEachMs);
  }
  progress.clear();
  return interrupted_follow(wish);
}

Result<void> print_logs(Remote& remote, const Follow& wish) {
  Progress none;
  Log log(remote, wish, none);
  TRY(log.advance(TRY(remote.get(api("pipeline-runs", wish.run)))));
  log.finish();
  return {};
}

Result<int> show_logs(const Invocation& call) {
  Remote remote(call);
  Follow wish{
      .run = without_kind(without_kind(call.positional("run"), "pipeline-run"), "step"), .step = call.positional("step"), .to_stdout = true, .json = call.json};
  if (const auto slash = wish.run.find('/'); slash != std::string::npos) {
    wish.step = wish.run.substr(slash + 1);
    wish.run.resize(slash);
  }
  if (!wish.step.empty()) TRY(remote.get(api("pipeline-runs", wish.run, "steps", wish.step, "log"), {{"limit", "1"}}));  // an unknown step is told
  if (!call.has("follow")) {
    TRY(print_logs(remote, wish));
    return kDone;
  }
  const auto run = TRY(follow(remote, wish));
  if (!call.json) tell(fmt::format("run {} {}", wish.run, run["state"].string_or("")));
  return exit_of(run);
}

}  // namespace gyre::cli
