#include "app/cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "base/case.h"
#include "base/nearest.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kWidth = 100;

constexpr std::string_view kExitCodes =
    "  0    done\n"
    "  1    failed\n"
    "  2    usage: the command cannot be meant like this\n"
    "  3    not found\n"
    "  4    not signed in, or not allowed\n"
    "  5    conflict or stale: read the present state, then decide again\n"
    "  6    the answer is no: a gate, a check, drift\n"
    "  7    the server cannot be reached, or did not answer in time\n"
    "  130  interrupted\n";

struct Noun {
  std::string_view name, about;
};
constexpr Noun kNouns[] = {
    {"repo", "versioned data"},
    {"pipe", "pipelines: commands in a graph"},
    {"run", "what trainings logged"},
    {"exp", "experiments: groups of runs"},
    {"model", "registered models and their versions"},
    {"endpoint", "what answers with a model"},
    {"monitor", "drift, quality, alerts"},
    {"policy", "when to retrain, and why not"},
    {"lineage", "what came from what"},
    {"retention", "what is deleted, by whom, and when it is gone"},
};

// Two columns; what is long in the second goes on below itself.
std::string columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  const auto width = human() ? std::min(kWidth, terminal_width()) : kWidth;
  std::size_t left = 0;
  for (const auto& [name, about] : rows) left = std::max(left, display_width(name));
  std::string text;
  for (const auto& [name, about] : rows) {
    const auto indent = left + 4;
    auto line = fmt::format("  {}  ", pad_right(name, left));
    std::size_t at = indent;
    for (std::size_t from = 0; from < about.size();) {
      const auto end = std::min(about.find(' ', from), about.size());
      const auto word = about.substr(from, end - from);
      if (at + word.size() + 1 > width && at > indent) line += fmt::format("\n{:{}}", "", indent), at = indent;
      line += at == indent ? word : " " + word;
      at += display_width(word) + (at == indent ? 0 : 1);
      from = end + 1;
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string flag_of(const Option& option) {
  const auto letter = option.letter ? fmt::format("-{}, ", option.letter) : std::string("    ");
  const auto gap = option.value.starts_with('[') ? "" : " ";
  return fmt::format("{}--{}{}", letter, option.name, option.value.empty() ? "" : fmt::format("{}{}", gap, option.value));
}

std::string flags(std::span<const Option> options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& option : options) rows.emplace_back(flag_of(option), fmt::format("{}{}", option.help, option.many ? "; may be repeated" : ""));
  return columns(rows);
}

std::string indented(std::string_view lines) {
  std::string text;
  for (std::size_t from = 0; from < lines.size();) {
    const auto end = std::min(lines.find('\n', from), lines.size());
    text += fmt::format("  {}\n", lines.substr(from, end - from));
    from = end + 1;
  }
  return text;
}

}  // namespace

std::string usage_of(const Command& command) {
  auto text = fmt::format("gyre {}{}{}", command.noun, command.verb.empty() ? "" : " ", command.verb);
  for (const auto& positional : command.positionals) {
    const auto name = fmt::format("{}{}", upper(positional.name), positional.rest ? "..." : "");
    text += positional.required ? " " + name : fmt::format(" [{}]", name);
  }
  return text;
}

std::string help_for_command(const Command& command) {
  auto text = fmt::format("{}\n\n  {} [flags]\n", command.summary, usage_of(command));
  if (!command.example.empty()) text += fmt::format("\nexamples\n{}", indented(command.example));
  if (!command.positionals.empty()) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& positional : command.positionals) rows.emplace_back(upper(positional.name), positional.help);
    text += fmt::format("\narguments\n{}", columns(rows));
  }
  if (!command.options.empty()) text += fmt::format("\nflags\n{}", flags(command.options));
  return text + fmt::format("\nflags of every command\n{}", flags(kCommonOptions));
}

std::string help_for_noun(std::string_view noun) {
  const auto verbs = verbs_of(noun);
  const auto known = std::ranges::find(kNouns, noun, &Noun::name);
  auto text = fmt::format("{}\n\n  gyre {} <verb> [flags]\n\nexample\n{}\nverbs\n",
                          known != std::end(kNouns) ? known->about
                          : verbs.size() == 1       ? verbs.front()->summary
                                                    : noun,
                          noun, indented(verbs.front()->example));
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto* command : verbs) rows.emplace_back(usage_of(*command).substr(std::string_view("gyre ").size() + noun.size() + 1), command->summary);
  return text + columns(rows) + fmt::format("\ngyre help {} <verb> tells more\n", noun);
}

std::string help_for_all() {
  std::string text = "Gyre: data, training, models, serving, monitoring and retraining in one binary.\n\n  gyre <noun> <verb> [ref...] [flags]\n\nnouns\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [noun, about] : kNouns) {
    std::vector<std::string_view> verbs;
    for (const auto* command : verbs_of(noun)) verbs.push_back(command->verb);
    if (verbs.empty() && !find_command(noun, "")) continue;
    rows.emplace_back(noun, verbs.empty() ? std::string(about) : fmt::format("{}: {}", about, fmt::join(verbs, " ")));
  }
  text += columns(rows) + "\nwords of their own\n";
  rows.clear();
  for (const auto* command : all_commands()) {
    const bool is_word = command->verb.empty() && std::ranges::find(kNouns, command->noun, &Noun::name) == std::end(kNouns);
    if (is_word && !command->hidden) rows.emplace_back(command->noun, command->summary);
  }
  for (const auto* noun : {"server", "demo"}) {
    for (const auto* command : verbs_of(noun)) rows.emplace_back(fmt::format("{} {}", noun, command->verb), command->summary);
  }
  rows.emplace_back("help", "help on a noun, a verb, or exit-codes");
  return text + columns(rows) + fmt::format("\nflags of every command\n{}", flags(kCommonOptions)) +
         fmt::format("\nMLflow's clients log to a server once they are told of it\n  export MLFLOW_TRACKING_URI={}\n", kDefaultServer);
}

Result<std::string> help_on(const std::vector<std::string>& words) {
  if (words.empty()) return help_for_all();
  if (words[0] == "exit-codes") return std::string(kExitCodes);
  if (const auto* command = find_command(words[0], words.size() > 1 ? words[1] : "")) return help_for_command(*command);
  std::vector<std::string> known;
  const auto verbs = verbs_of(words[0]);
  if (!verbs.empty() && words.size() == 1) return help_for_noun(words[0]);
  for (const auto* command : verbs) known.emplace_back(command->verb);
  if (!verbs.empty()) return fail(Code::not_found, fmt::format("there is no help on '{} {}'", words[0], words[1]), {}, "nearest: " + nearest(words[1], known));
  for (const auto* command : all_commands()) {
    if (!command->hidden) known.emplace_back(command->noun);
  }
  known.emplace_back("exit-codes");
  return fail(Code::not_found, fmt::format("there is no help on '{}'", words[0]), {}, "nearest: " + nearest(words[0], known));
}

}  // namespace gyre::cli
