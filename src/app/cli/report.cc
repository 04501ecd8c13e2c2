#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "base/json_writer.h"

namespace gyre::cli {
namespace {

Exit exit_for(Code code) {
  switch (code) {
    case Code::invalid: return kUsage;
    case Code::unauthenticated:
    case Code::denied: return kDenied;
    case Code::not_found: return kNotFound;
    case Code::conflict: return kConflict;
    case Code::unavailable: return kUnreachable;
    case Code::cancelled: return kInterrupted;
    case Code::exhausted:
    case Code::internal: return kFailed;
  }
  return kFailed;
}

}  // namespace

int report(const Error& error, bool json) {
  const int code = exit_for(error.code);
  if (json) {
    json::Writer writer;
    writer.begin_object();
    writer.key("error");
    writer.begin_object();
    writer.field("code", to_string(error.code));
    writer.field("what", error.message);
    writer.field("why", error.detail);
    writer.field("fix", error.fix);
    writer.field("exit", code);
    writer.end_object();
    writer.end_object();
    fmt::print(stderr, "{}\n", writer.text());
    return code;
  }
  fmt::print(stderr, "{} {}  [{}]\n", paint("error:", Tone::critical), error.message, to_string(error.code));
  if (!error.detail.empty()) fmt::print(stderr, "  why  {}\n", error.detail);
  if (!error.fix.empty()) fmt::print(stderr, "  fix  {}\n", error.fix);
  return code;
}

}  // namespace gyre::cli
