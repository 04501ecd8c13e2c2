#include "app/cli/confirm.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "app/cli/view.h"

namespace gyre::cli {

Result<void> confirm(const Invocation& call, std::string_view what) {
  if (call.has("yes")) return {};
  if (isatty(STDIN_FILENO) == 0 || !stderr_is_terminal())
    return fail(Code::invalid, "this wants a yes, and nobody is there to be asked", std::string(what), "--yes says that it shall be done");
  std::fflush(stdout);
  print_wrapped(what, "");
  fmt::print(stderr, "go on? [y/N] ");
  std::fflush(stderr);
  char answer[16] = "";
  const bool yes = std::fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
  if (yes) return {};
  return fail(Code::cancelled, "nothing was changed");
}

}  // namespace gyre::cli
