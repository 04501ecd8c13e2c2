// gyre run logs: what a run's command printed, from the server.
#include <fmt/format.h>

#include "app/cli/interrupt.h"
#include "app/cli/run.h"
#include "app/cli/run_ref.h"

namespace gyre::cli {
namespace {

constexpr int kLookEachMs = 500;
constexpr std::string_view kPartBytes = "1048576";

// On a terminal colours stay, and what would do more than that is taken out; programs get the bytes as they came.
void print_text(std::string_view text) {
  const auto shown = stdout_is_terminal() ? printable(text) : std::string(text);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
  std::fflush(stdout);
}

void print_row(const Invocation& call, const json::Value& row) {
  if (call.json) return print_line("run-log/1", row);
  const auto end = row["end"].string_or("");
  const auto note = end.empty() ? "" : fmt::format(" … {} in all … ", human_bytes(row["bytes"].int_or(0)));
  print_text(fmt::format("{}{}{}\n", row["text"].string_or(""), note, end));
}

// Rows that contain the text, however long the whole is: the server looks a part at a time.
Result<int> print_found(const Invocation& call, Remote& remote, const std::string& id) {
  bool any = false;
  for (std::int64_t offset = 0; !interrupted();) {
    const auto found = TRY(remote.get(api("runs", id, "console"), {{"q", call.option("grep")}, {"offset", std::to_string(offset)}}));
    for (const auto& row : items(found["rows"])) print_row(call, row), any = true;
    const auto next = found["next"].int_or(offset);
    if (found["complete"].bool_or(true) || next <= offset) break;
    offset = next;
  }
  return any ? kDone : kFailed;
}

Result<std::int64_t> print_tail(const Invocation& call, Remote& remote, const std::string& id) {
  const auto found = TRY(remote.get(api("runs", id, "console"), {{"tail", call.option("tail")}}));
  for (const auto& row : items(found["rows"])) print_row(call, row);
  return found["next"].int_or(0);
}

// What has come since; where it ends.
Result<std::int64_t> print_from(Remote& remote, const std::string& id, std::int64_t offset) {
  while (!interrupted()) {
    const auto part = TRY(remote.get(api("runs", id, "console"), {{"as", "text"}, {"offset", std::to_string(offset)}, {"limit", std::string(kPartBytes)}}));
    print_text(part["text"].string_or(""));
    const auto next = part["next"].int_or(offset);
    if (next <= offset || part["complete"].bool_or(true)) {
      if (const auto dropped = part["dropped"].int_or(0); dropped > 0) tell(fmt::format("the server keeps no more; {} came after that", human_bytes(dropped)));
      return std::max(next, offset);
    }
    offset = next;
  }
  return offset;
}

}  // namespace

Result<int> show_run_logs(const Invocation& call) {
  catch_interrupts();
  Remote remote(call);
  const auto id = TRY(run_id(remote, call, Several::take_newest));
  if (call.has("grep")) return print_found(call, remote, id);
  std::int64_t offset = call.has("tail") ? TRY(print_tail(call, remote, id)) : 0;
  if (call.has("tail") && !call.has("follow")) return kDone;
  for (;;) {
    const auto running =
        call.has("follow") && TRY(remote.get(api("runs", id)))["state"].string_or("") == "running";  // asked first: what came before the end is printed
    const auto printed = print_from(remote, id, offset);
    if (!printed && printed.error().code != Code::unavailable) return std::unexpected(printed.error());
    if (printed) offset = *printed;
    if (interrupted() || !running) return kDone;
    rest_ms(kLookEachMs);
  }
}

}  // namespace gyre::cli
