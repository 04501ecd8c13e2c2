#include "exec/spec_file.h"

#include <charconv>

#include "base/decode.h"
#include "base/file.h"

namespace gyre::exec {

BOOST_DESCRIBE_STRUCT(Identity, (), (pid, start_ticks, boot))

namespace {

namespace fs = std::filesystem;

struct SpecText {
  std::string job;
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::string folder;
  std::int64_t timeout_ms = 0, memory_bytes = 0;
  double cpus = 0;
};
BOOST_DESCRIBE_STRUCT(SpecText, (), (job, argv, environment, folder, timeout_ms, memory_bytes, cpus))
struct ExitText {
  std::string ending;
  int exit_code = 0, signal = 0;
  std::int64_t started_ms = 0, finished_ms = 0, max_memory_bytes = 0, cpu_ms = 0;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(ExitText, (), (ending, exit_code, signal, started_ms, finished_ms, max_memory_bytes, cpu_ms, reason))

constexpr std::string_view kLost = "lost";
constexpr std::string_view kEndings[] = {"exited", "signalled", "timed_out", "out_of_memory", "stopped", "too_much_output"};

}  // namespace

Result<void> write_spec(const fs::path& folder, const Spec& spec) {
  const SpecText text{spec.job, spec.argv, spec.environment, spec.folder.string(), spec.limits.timeout_ms, spec.limits.memory_bytes, spec.limits.cpus};
  return write_file_durably(folder / kSpecFile, json::encode(text));
}

Result<Spec> read_spec(const fs::path& folder) {
  auto text = TRY(json::decode_text<SpecText>(TRY(read_file(folder / kSpecFile))));
  return Spec{std::move(text.job), std::move(text.argv), std::move(text.environment), text.folder, {text.timeout_ms, text.memory_bytes, text.cpus}};
}

Result<void> write_identity(const fs::path& folder, const Identity& identity) { return write_file_durably(folder / kShimFile, json::encode(identity)); }
Result<Identity> read_identity(const fs::path& folder) { return json::decode_text<Identity>(TRY(read_file(folder / kShimFile))); }

Result<void> write_exit(const fs::path& folder, const State& state) {
  const auto ending = state.phase == Phase::lost ? kLost : kEndings[static_cast<int>(state.ending)];
  const ExitText text{std::string(ending), state.exit_code,        state.signal, state.started_ms,
                      state.finished_ms,   state.max_memory_bytes, state.cpu_ms, state.reason};
  return write_file_durably(folder / kExitFile, json::encode(text));
}

Result<State> read_exit(const fs::path& folder) {
  auto text = TRY(json::decode_text<ExitText>(TRY(read_file(folder / kExitFile))));
  State state{Phase::finished,  Ending::exited,        text.exit_code, text.signal,           text.started_ms,
              text.finished_ms, text.max_memory_bytes, text.cpu_ms,    std::move(text.reason)};
  if (text.ending == kLost) state.phase = Phase::lost;
  for (std::size_t i = 0; i < std::size(kEndings); ++i) {
    if (text.ending == kEndings[i]) state.ending = static_cast<Ending>(i);
  }
  return state;
}

Result<void> write_stop(const fs::path& folder, std::int64_t grace_ms) { return write_file_durably(folder / kStopFile, std::to_string(grace_ms)); }

std::optional<std::int64_t> read_stop(const fs::path& folder) {
  const auto text = read_file(folder / kStopFile, 100);
  if (!text) return std::nullopt;
  std::int64_t grace_ms = kDefaultGraceMs;
  std::from_chars(text->data(), text->data() + text->size(), grace_ms);
  return grace_ms;
}

}  // namespace gyre::exec
