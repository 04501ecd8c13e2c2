// version, completion, and the watcher that runs beside each job.
#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/version.h"
#include "exec/launcher.h"

namespace gyre::cli {
namespace {

Result<int> version(const Invocation& call) {
  if (call.json) {
    fmt::print("{{\"schema\":\"version/1\",\"version\":\"{}\"}}\n", app::kVersion);
  } else {
    fmt::print("gyre {}\n", app::kVersion);
  }
  return kDone;
}

Result<int> watch_job(const Invocation& call) { return exec::shim_main(call.positional("folder")); }

// Both scripts ask the binary what may stand at the cursor. bash breaks words at @ and :, which stand in references: so the
// line is split at blanks, and what stands before the part that bash replaces, its second argument, is taken off the candidates.
constexpr std::string_view kBash = R"(# Completion for gyre in bash: source <(gyre completion bash)
_gyre() {
  local line=${COMP_LINE:0:COMP_POINT} words current held candidate IFS=$' \t\n'
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${words[-1]}
  held=${current%"$2"}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    if [[ $candidate == :file ]]; then
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
    fi
    COMPREPLY+=("${candidate#"$held"}")
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _gyre gyre
)";

constexpr std::string_view kZsh = R"(#compdef gyre
# Completion for gyre in zsh: source <(gyre completion zsh), or as _gyre in a folder of fpath
_gyre() {
  local line candidate about
  local -a candidates descriptions
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    candidate=${line%%$'\t'*}
    about=${line#*$'\t'}
    [[ -z $candidate ]] && continue
    if [[ $candidate == :file ]]; then
      _files
      return
    fi
    candidates+=("$candidate")
    descriptions+=("${about:+$candidate  -- $about}")
    [[ -z $about ]] && descriptions[-1]=$candidate
  done
  compadd -l -d descriptions -a candidates
}
if [[ ${funcstack[1]} == _gyre ]]; then
  _gyre "$@"
else
  compdef _gyre gyre
fi
)";

Result<int> completion(const Invocation& call) {
  const auto shell = call.positional("shell");
  if (shell != "bash" && shell != "zsh") return fail(Code::invalid, fmt::format("no completion for '{}'", shell), {}, "gyre completion bash, or zsh");
  fmt::print("{}", shell == "bash" ? kBash : kZsh);
  return kDone;
}

const Command kCommands[] = {
    {.noun = "version", .verb = "", .summary = "Print the version", .example = "gyre version", .positionals = {}, .options = {}, .run = version},
    {.noun = "completion",
     .verb = "",
     .summary = "Print a completion script for bash or zsh",
     .example = "source <(gyre completion bash)",
     .positionals = {{"shell", "bash or zsh", true, false, Names::shell}},
     .options = {},
     .run = completion},
    {.noun = "exec-shim",
     .verb = "",
     .summary = "Watch over one job",
     .example = "",
     .positionals = {{"folder", "of the job"}},
     .options = {},
     .run = watch_job,
     .hidden = true},
};

}  // namespace

std::span<const Command> shell_commands() { return kCommands; }

}  // namespace gyre::cli
