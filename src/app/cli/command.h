// The command line as a table: what each command is called, what it takes, what it does.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gyre::cli {

// Exit codes; `gyre help exit-codes` prints them.
enum Exit : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kDenied = 4,
  kConflict = 5,
  kAnswerIsNo = 6,
  kUnreachable = 7,
  kInterrupted = 130,
};

// What a value names: what the shell offers for it.
enum class Names { nothing, file, repo, pipeline, pipeline_run, run, experiment, model, version, endpoint, monitor, alert, policy, decision, shell, topic };

struct Option {
  std::string_view name;   // "data-dir": long name without dashes
  std::string_view value;  // "DIR": what stands behind it; empty: a switch
  std::string_view help;
  char letter = 0;    // 'f' for -f
  bool many = false;  // may be repeated; values are joined by newline
  Names names = Names::nothing;
};

struct Positional {
  std::string_view name;
  std::string_view help;
  bool required = true;
  bool rest = false;  // takes all that follows, joined by newline
  Names names = Names::nothing;
};

struct Invocation {
  std::map<std::string, std::string> options;  // those given; a switch is "1"
  std::map<std::string, std::string> positionals;
  bool json = false;
  bool quiet = false;
  std::vector<std::string> fields;  // of --json=a,b.c; none: all
  std::string server;               // URL of the server to ask

  bool has(std::string_view option) const { return options.contains(std::string(option)); }
  std::string option(std::string_view name, std::string_view otherwise = "") const;
  std::string positional(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;  // of a repeated option or a rest
};

struct Command {
  std::string_view noun;  // "repo", or the whole of a top-level word ("server")
  std::string_view verb;  // "" for a top-level word
  std::string_view summary;
  std::string_view example;  // one a line
  std::vector<Positional> positionals;
  std::vector<Option> options;
  Result<int> (*run)(const Invocation&);
  bool hidden = false;
};

// All commands, one table a file of commands.
std::span<const Command> server_commands();
std::span<const Command> server_migrate_commands();
std::span<const Command> demo_commands();
std::span<const Command> check_commands();
std::span<const Command> repo_commands();
std::span<const Command> pipe_commands();
std::span<const Command> run_commands();
std::span<const Command> exp_commands();
std::span<const Command> model_commands();
std::span<const Command> endpoint_commands();
std::span<const Command> monitor_commands();
std::span<const Command> monitor_report_commands();
std::span<const Command> policy_commands();
std::span<const Command> lineage_commands();
std::span<const Command> retention_commands();
std::span<const Command> shell_commands();  // completion, version, exec-shim

// What stands between the separators and is not empty.
std::vector<std::string> split(std::string_view text, char separator);

std::vector<const Command*> all_commands();
const Command* find_command(std::string_view noun, std::string_view verb);
std::vector<const Command*> verbs_of(std::string_view noun);  // without top-level words

// Parses, runs, prints errors; the process's exit code.
int dispatch(int argc, char** argv);

// Error -> exit code, and its three lines on standard error (or one JSON object).
int report(const Error& error, bool json);

}  // namespace gyre::cli
