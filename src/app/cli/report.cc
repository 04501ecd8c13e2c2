// The one place where a code becomes an exit code and an error becomes three lines.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/command.h"
#include "app/cli/view.h"
#include "base/json_writer.h"

namespace gyre::cli {
namespace {

Exit exit_for(Code code) {
  switch (code) {
    case Code::invalid:
      return kUsage;
    case Code::unauthenticated:
    case Code::denied:
      return kDenied;
    case Code::not_found:
      return kNotFound;
    case Code::conflict:
      return kConflict;
    case Code::unavailable:
      return kUnreachable;
    case Code::cancelled:
      return kInterrupted;
    case Code::exhausted:
    case Code::internal:
      return kFailed;
  }
  return kFailed;
}

std::string as_json(const Error& error, int code) {
  json::Writer writer;
  writer.begin_object();
  writer.field("schema", "error/1");
  writer.key("error");
  writer.begin_object();
  writer.field("code", to_string(error.code));
  writer.field("what", error.message);
  writer.field("why", error.detail);
  writer.field("fix", error.fix);
  writer.field("exit", code);
  writer.end_object();
  writer.end_object();
  return writer.take();
}

// Each line of it stands on its own.
void print_why(std::string_view detail) {
  for (std::size_t from = 0; from < detail.size();) {
    const auto end = std::min(detail.find('\n', from), detail.size());
    print_wrapped(fmt::format("  {}  {}", from == 0 ? "why" : "   ", safe(detail.substr(from, end - from))), "       ");
    from = end + 1;
  }
}

}  // namespace

int report(const Error& error, bool json) {
  const int code = exit_for(error.code);
  std::fflush(stdout);
  if (json) {
    fmt::print(stderr, "{}\n", as_json(error, code));
    return code;
  }
  const auto tag = paint(fmt::format("[{} {} exit {}]", to_string(error.code), utf8() ? "·" : "-", code), Tone::dim, Stream::err);
  const bool was_asked_for = error.code == Code::cancelled;
  print_wrapped(fmt::format("{}{}", was_asked_for ? "" : paint("error:", Tone::critical, Stream::err) + " ", safe(error.message)), "       ", tag);
  print_why(error.detail);
  if (!error.fix.empty()) fmt::print(stderr, "  fix  {}\n", safe(error.fix));
  return code;
}

}  // namespace gyre::cli
