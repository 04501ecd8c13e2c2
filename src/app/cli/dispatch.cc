// From argv to a command: the one place that knows the parser.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "app/version.h"

namespace gyre::cli {
namespace {

constexpr std::string_view kExitCodes =
    "0  done\n1  failed\n2  usage\n3  not found\n4  not allowed\n5  conflict or stale\n6  the answer is no (a gate, a check, drift)\n"
    "7  the server cannot be reached or did not answer in time\n130 interrupted\n";

struct Bound {
  const Command* command;
  CLI::App* parser;
  std::map<std::string, std::string> values;
  std::map<std::string, std::vector<std::string>> lists;
  std::map<std::string, bool> switches;
};

std::string joined(const std::vector<std::string>& items) { return fmt::format("{}", fmt::join(items, "\n")); }

void bind(Bound& bound) {
  for (const auto& positional : bound.command->positionals) {
    const std::string name(positional.name);
    auto* option = positional.rest ? bound.parser->add_option(name, bound.lists[name], std::string(positional.help))
                                   : bound.parser->add_option(name, bound.values[name], std::string(positional.help));
    option->required(positional.required);
  }
  for (const auto& option : bound.command->options) {
    const std::string name(option.name);
    const auto flags = option.letter ? fmt::format("-{},--{}", option.letter, name) : "--" + name;
    if (option.value.empty()) {
      bound.parser->add_flag(flags, bound.switches[name], std::string(option.help));
    } else if (option.many) {
      bound.parser->add_option(flags, bound.lists[name], std::string(option.help))->type_name(std::string(option.value))->allow_extra_args(false);
    } else {
      bound.parser->add_option(flags, bound.values[name], std::string(option.help))->type_name(std::string(option.value));
    }
  }
}

Invocation collect(const Bound& bound) {
  Invocation call;
  for (const auto& positional : bound.command->positionals) {
    const std::string name(positional.name);
    call.positionals[name] = positional.rest ? joined(bound.lists.at(name)) : bound.values.at(name);
  }
  for (const auto& option : bound.command->options) {
    const std::string name(option.name);
    if (bound.parser->get_option("--" + name)->count() == 0) continue;
    call.options[name] = option.value.empty() ? "1" : option.many ? joined(bound.lists.at(name)) : bound.values.at(name);
  }
  return call;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

// The three words of `known` nearest to `word`.
std::string nearest(std::string_view word, std::vector<std::string> known) {
  std::ranges::sort(known);
  known.erase(std::ranges::unique(known).begin(), known.end());
  std::ranges::sort(known, {}, [&](const std::string& candidate) { return distance(word, candidate); });
  known.resize(std::min<std::size_t>(known.size(), 3));
  return fmt::format("{}", fmt::join(known, ", "));
}

// A misspelt noun or verb, told before the parser tells less.
std::optional<Error> misspelt(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return std::nullopt;
  const std::string_view noun = argv[1];
  std::vector<std::string> nouns{"help"}, verbs;
  bool known = noun == "help";
  for (const auto* command : all_commands()) {
    if (!command->hidden) nouns.emplace_back(command->noun);
    if (command->noun != noun) continue;
    known = true;
    if (!command->verb.empty()) verbs.emplace_back(command->verb);
  }
  if (!known) return Error{Code::invalid, fmt::format("'{}' is not a gyre command", noun), {}, "nearest: " + nearest(noun, nouns) + " · gyre --help lists all"};
  if (verbs.empty() || argc < 3 || argv[2][0] == '-' || std::ranges::find(verbs, argv[2]) != verbs.end()) return std::nullopt;
  return Error{Code::invalid, fmt::format("'{} {}' is not a gyre command", noun, argv[2]), {}, "nearest: " + nearest(argv[2], verbs)};
}

}  // namespace

std::string Invocation::option(std::string_view name, std::string_view otherwise) const {
  const auto found = options.find(std::string(name));
  return found == options.end() ? std::string(otherwise) : found->second;
}

std::string Invocation::positional(std::string_view name) const {
  const auto found = positionals.find(std::string(name));
  return found == positionals.end() ? "" : found->second;
}

std::vector<std::string> Invocation::list(std::string_view name) const {
  const auto text = has(name) ? option(name) : positional(name);
  std::vector<std::string> items;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    items.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return items;
}

std::vector<const Command*> all_commands() {
  std::vector<const Command*> all;
  for (const auto table : {server_commands(), demo_commands(), check_commands(), shell_commands()}) {
    for (const auto& command : table) all.push_back(&command);
  }
  return all;
}

int dispatch(int argc, char** argv) {
  if (const auto error = misspelt(argc, argv)) return report(*error, false), kUsage;

  CLI::App parser("Gyre: data, training, models, serving, monitoring and retraining in one binary.", "gyre");
  parser.require_subcommand(0, 1);
  parser.fallthrough();
  parser.set_version_flag("--version", std::string(app::kVersion));
  bool json = false, quiet = false;
  std::string server, color = "auto";
  parser.add_flag("--json", json, "one JSON document on standard output");
  parser.add_flag("-q,--quiet", quiet, "references only");
  parser.add_option("--server", server, "URL of the server")->envname("GYRE_SERVER")->default_str("http://127.0.0.1:7070");
  parser.add_option("--color", color, "auto, always or never")->check(CLI::IsMember({"auto", "always", "never"}));

  std::map<std::string_view, CLI::App*> nouns;
  std::vector<std::unique_ptr<Bound>> bounds;
  for (const auto* command : all_commands()) {
    CLI::App* above = &parser;
    if (!command->verb.empty()) {
      auto& noun = nouns[command->noun];
      if (!noun) noun = parser.add_subcommand(std::string(command->noun), fmt::format("{} commands", command->noun))->require_subcommand(1)->fallthrough();
      above = noun;
    }
    const std::string name(command->verb.empty() ? command->noun : command->verb);
    auto* sub = above->add_subcommand(name, std::string(command->summary))->fallthrough();
    if (command->hidden) sub->group("");
    if (!command->example.empty()) sub->footer(fmt::format("Example:\n  {}", command->example));
    bounds.push_back(std::make_unique<Bound>(Bound{command, sub, {}, {}, {}}));
    bind(*bounds.back());
  }
  std::string topic;
  auto* help = parser.add_subcommand("help", "help on a topic: exit-codes");
  help->add_option("topic", topic, "exit-codes");

  try {
    parser.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return parser.exit(error);
    fmt::print(stderr, "error: {}\n  fix  {} --help\n", error.what(), fmt::join(std::span(argv, static_cast<std::size_t>(std::min(argc, 3))), " "));
    return kUsage;
  }
  set_color(color);
  if (help->parsed()) {
    fmt::print("{}", topic == "exit-codes" ? std::string(kExitCodes) : parser.help());
    return kDone;
  }
  for (const auto& bound : bounds) {
    if (!bound->parser->parsed()) continue;
    auto call = collect(*bound);
    call.json = json;
    call.quiet = quiet;
    call.server = server.empty() ? "http://127.0.0.1:7070" : server;
    const auto outcome = bound->command->run(call);
    return outcome ? *outcome : report(outcome.error(), json);
  }
  fmt::print("{}", parser.help());
  return kDone;
}

}  // namespace gyre::cli
