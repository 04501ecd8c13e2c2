// gyre check: reads everything in a data folder through and tells what is not as it was written.
#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "app/config.h"
#include "app/house.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kMaxShown = 20;

void print_json(const std::vector<app::RoomFindings>& all, bool sound) {
  json::Writer writer;
  writer.begin_object();
  writer.field("schema", "check/1");
  writer.field("sound", sound);
  writer.key("rooms");
  writer.begin_array();
  for (const auto& [room, findings] : all) {
    writer.begin_object();
    writer.field("room", room);
    writer.field("checked", findings.checked);
    writer.key("problems");
    writer.begin_array();
    for (const auto& problem : findings.problems) writer.string(problem);
    writer.end_array();
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  fmt::print("{}\n", writer.text());
}

void print_table(const std::vector<app::RoomFindings>& all) {
  Table table({{"ROOM"}, {"CHECKED", true}, {"PROBLEMS", true}, {"STATUS"}});
  for (const auto& [room, findings] : all) {
    table.add({room, std::to_string(findings.checked), std::to_string(findings.problems.size()), status(findings.problems.empty() ? "ok" : "failed")});
  }
  table.print();
  for (const auto& [room, findings] : all) {
    for (std::size_t i = 0; i < std::min(findings.problems.size(), kMaxShown); ++i) fmt::print("{}: {}\n", room, findings.problems[i]);
    if (findings.problems.size() > kMaxShown) fmt::print("{}: {} more · --json lists all\n", room, findings.problems.size() - kMaxShown);
  }
}

Result<int> check(const Invocation& call) {
  const auto config = TRY(app::read_config(call.options));
  if (!std::filesystem::exists(config.data_dir)) {
    return fail(Code::not_found, fmt::format("the data folder '{}' is not there", config.data_dir.string()), {}, "name it with --data-dir");
  }
  if (!std::filesystem::exists(config.data_dir / "lock")) {  // to open it would make it one
    return fail(Code::not_found, fmt::format("'{}' is no data folder: no server has used it", config.data_dir.string()), {},
                "name the server's folder with --data-dir");
  }
  TRY(log::configure(log::Level::warn));
  const RealClock clock;
  const auto house = TRY(app::House::open({.data_dir = config.data_dir, .database = config.database, .artifact_root = config.artifact_root}, clock));
  Progress progress;
  const auto all = TRY(house->verify([&](std::string_view room) { progress.show(fmt::format("checking {}", room)); }));
  progress.clear();
  bool sound = true;
  for (const auto& room : all) sound &= room.findings.problems.empty();
  if (call.json) {
    print_json(all, sound);
  } else {
    print_table(all);
  }
  return sound ? kDone : kAnswerIsNo;
}

const Command kCommands[] = {{
    .noun = "check",
    .verb = "",
    .summary = "Verify a data folder: database, content hashes, references, audit chain (the server must be down)",
    .example = "gyre check --data-dir gyre-data",
    .positionals = {},
    .options = {{"data-dir", "DIR", "the data folder (gyre-data)"},
                {"database", "URL", "postgres://... instead of SQLite in the data folder"},
                {"artifact-root", "DIR", "where content is kept instead of in the data folder"},
                {"config", "FILE", "settings as YAML"}},
    .run = check,
}};

}  // namespace

std::span<const Command> check_commands() { return kCommands; }

}  // namespace gyre::cli
