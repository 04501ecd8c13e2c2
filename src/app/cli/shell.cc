// version, completion, and the watcher that runs beside each job.
#include <fmt/format.h>

#include <map>
#include <set>

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

// Words that may follow each word on the way: "" -> nouns, "repo" -> verbs, "repo ls" -> flags.
std::map<std::string, std::set<std::string>> words() {
  std::map<std::string, std::set<std::string>> next;
  next[""].insert("help");
  for (const auto* command : all_commands()) {
    if (command->hidden) continue;
    next[""].insert(std::string(command->noun));
    auto path = std::string(command->noun);
    if (!command->verb.empty()) {
      next[path].insert(std::string(command->verb));
      path += fmt::format(" {}", command->verb);
    }
    for (const auto& option : command->options) next[path].insert(fmt::format("--{}", option.name));
    next[path].insert({"--json", "--server", "--help"});
  }
  return next;
}

std::string joined(const std::set<std::string>& items) { return fmt::format("{}", fmt::join(items, " ")); }

std::string cases(std::string_view indent) {
  std::string text;
  for (const auto& [path, items] : words()) text += fmt::format("{}'{}') candidates='{}' ;;\n", indent, path, joined(items));
  return text;
}

std::string bash_script() {
  return fmt::format(R"(_gyre() {{
  local reached='' word candidates=''
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) continue ;; esac
    case "$reached" in *' '*) break ;; esac
    reached="${{reached:+$reached }}$word"
  done
  case "$reached" in
{}  *) candidates='' ;;
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _gyre gyre
)",
                     cases("  "));
}

std::string zsh_script() {
  return fmt::format(R"(#compdef gyre
_gyre() {{
  local reached='' word candidates=''
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    [[ "$word" == -* ]] && continue
    [[ "$reached" == *' '* ]] && break
    reached="${{reached:+$reached }}$word"
  done
  case "$reached" in
{}  *) candidates='' ;;
  esac
  compadd -- ${{=candidates}}
}}
compdef _gyre gyre
)",
                     cases("  "));
}

Result<int> completion(const Invocation& call) {
  const auto shell = call.positional("shell");
  if (shell != "bash" && shell != "zsh") return fail(Code::invalid, fmt::format("no completion for '{}'", shell), {}, "gyre completion bash, or zsh");
  fmt::print("{}", shell == "bash" ? bash_script() : zsh_script());
  return kDone;
}

const Command kCommands[] = {
    {.noun = "version", .verb = "", .summary = "Print the version", .example = "gyre version", .positionals = {}, .options = {}, .run = version},
    {.noun = "completion",
     .verb = "",
     .summary = "Print a completion script for bash or zsh",
     .example = "source <(gyre completion bash)",
     .positionals = {{"shell", "bash or zsh"}},
     .options = {},
     .run = completion},
    {.noun = "exec-shim", .verb = "", .summary = "Watch over one job", .example = "", .positionals = {{"folder", "of the job"}}, .options = {}, .run = watch_job, .hidden = true},
};

}  // namespace

std::span<const Command> shell_commands() { return kCommands; }

}  // namespace gyre::cli
