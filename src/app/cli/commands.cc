// All commands, and what was given to one.
#include <algorithm>

#include "app/cli/command.h"
#include "app/cli/exchange.h"

namespace gyre::cli {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> items;
  for (std::size_t from = 0; from <= text.size() && !text.empty();) {
    const auto end = std::min(text.find(separator, from), text.size());
    if (end > from) items.emplace_back(text.substr(from, end - from));
    from = end + 1;
  }
  return items;
}

std::string Invocation::option(std::string_view name, std::string_view otherwise) const {
  const auto found = options.find(std::string(name));
  return found == options.end() ? std::string(otherwise) : found->second;
}

std::string Invocation::positional(std::string_view name) const {
  const auto found = positionals.find(std::string(name));
  return found == positionals.end() ? "" : found->second;
}

std::vector<std::string> Invocation::list(std::string_view name) const { return split(has(name) ? option(name) : positional(name), '\n'); }

std::vector<const Command*> all_commands() {
  std::vector<const Command*> all;
  for (const auto table : {repo_commands(), pipe_commands(), run_commands(), exp_commands(), exchange_commands(), export_commands(), model_commands(),
                           endpoint_commands(), monitor_commands(), monitor_report_commands(), policy_commands(), lineage_commands(), retention_commands(),
                           server_commands(), server_migrate_commands(), demo_commands(), check_commands(), shell_commands()}) {
    for (const auto& command : table) all.push_back(&command);
  }
  return all;
}

const Command* find_command(std::string_view noun, std::string_view verb) {
  const Command* whole = nullptr;  // the noun is a command by itself, and what follows it no verb
  for (const auto* command : all_commands()) {
    if (command->noun != noun) continue;
    if (command->verb == verb) return command;
    if (command->verb.empty()) whole = command;
  }
  return whole;
}

std::vector<const Command*> verbs_of(std::string_view noun) {
  std::vector<const Command*> verbs;
  for (const auto* command : all_commands()) {
    if (command->noun == noun && !command->verb.empty() && !command->hidden) verbs.push_back(command);
  }
  return verbs;
}

}  // namespace gyre::cli
