// From argv to a command: the one place that knows the parser.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/complete.h"
#include "app/cli/help.h"
#include "app/cli/options.h"
#include "app/cli/run.h"
#include "app/cli/run_command.h"
#include "app/cli/terminal.h"
#include "app/version.h"
#include "base/case.h"
#include "base/nearest.h"

namespace gyre::cli {
namespace {

struct Bound {
  const Command* command;
  CLI::App* parser;
  std::map<std::string, std::string> values;
  std::map<std::string, std::vector<std::string>> lists;
  std::map<std::string, bool> switches;
};

struct Common {
  std::string json, server, color = "auto";
  bool quiet = false, csv = false, utc = false;
};

std::string joined(const std::vector<std::string>& items) { return fmt::format("{}", fmt::join(items, "\n")); }

void bind(Bound& bound) {
  for (const auto& positional : bound.command->positionals) {
    const std::string name(positional.name);
    auto* option = positional.rest ? bound.parser->add_option(name, bound.lists[name]) : bound.parser->add_option(name, bound.values[name]);
    option->required(positional.required);
  }
  for (const auto& option : bound.command->options) {
    const std::string name(option.name);
    const auto flags = option.letter ? fmt::format("-{},--{}", option.letter, name) : "--" + name;
    if (option.value.empty()) {
      bound.parser->add_flag(flags, bound.switches[name]);
    } else if (option.many) {
      bound.parser->add_option(flags, bound.lists[name])->type_name(std::string(option.value))->allow_extra_args(false);
    } else {
      bound.parser->add_option(flags, bound.values[name])->type_name(std::string(option.value))->take_last();
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

// A misspelt noun or verb, told before the parser tells less.
std::optional<Error> misspelt(std::string_view noun, std::string_view verb) {
  std::vector<std::string> nouns{"help"}, verbs;
  bool known = noun == "help";
  for (const auto* command : all_commands()) {
    if (!command->hidden) nouns.emplace_back(command->noun);
    if (command->noun != noun) continue;
    known = true;
    if (!command->verb.empty()) verbs.emplace_back(command->verb);
  }
  if (!known)
    return Error{Code::invalid, fmt::format("'{}' is not a gyre command", noun), {}, fmt::format("nearest: {} · gyre help lists all", nearest(noun, nouns))};
  if (verbs.empty() || verb.empty() || std::ranges::find(verbs, verb) != verbs.end()) return std::nullopt;
  return Error{
      Code::invalid, fmt::format("'{} {}' is not a gyre command", noun, verb), {}, fmt::format("nearest: {} · gyre {} lists all", nearest(verb, verbs), noun)};
}

std::vector<std::string> known_flags(const Command* command) {
  std::vector<std::string> known;
  for (const auto& option : kCommonOptions) known.push_back(fmt::format("--{}", option.name));
  if (!command) return known;
  for (const auto& option : command->options) known.push_back(fmt::format("--{}", option.name));
  return known;
}

// What the parser complains about, in words that say what to do.
Error usage_error(const CLI::ParseError& error, const Command* command, const std::vector<std::string>& words) {
  const auto usage = command ? usage_of(*command) + " [flags]" : std::string("gyre help");
  if (dynamic_cast<const CLI::ExtrasError*>(&error) && command) {
    for (const auto& word : words) {
      const auto flag = word.substr(0, word.find('='));
      const auto known = known_flags(command);
      if (flag.starts_with("--") && flag.size() > 2 && std::ranges::find(known, flag) == known.end()) {
        return {Code::invalid,
                fmt::format("{} is not a flag of {}", flag, usage_of(*command).substr(0, usage_of(*command).find(' ', 5 + command->noun.size() + 1))),
                {},
                fmt::format("nearest: {}", nearest(flag, known))};
      }
    }
  }
  std::string what = error.what();
  if (const auto behind = what.find(" is required"); behind != std::string::npos && dynamic_cast<const CLI::RequiredError*>(&error))
    what = fmt::format("{} is missing", upper(what.substr(0, behind)));
  return {Code::invalid, what, {}, usage};
}

void add_common(CLI::App& parser, Common& common) {
  parser.set_help_flag("");
  parser.set_version_flag("--version", fmt::format("gyre {}", app::kVersion));
  parser.add_flag("--json", common.json);
  parser.add_flag("-q,--quiet", common.quiet);
  parser.add_flag("--csv", common.csv);
  parser.add_flag("--utc", common.utc);
  parser.add_option("--server", common.server)->envname("GYRE_SERVER")->take_last();
  parser.add_option("--color", common.color)->check(CLI::IsMember({"auto", "always", "never"}))->take_last();
}

std::vector<std::unique_ptr<Bound>> add_commands(CLI::App& parser) {
  std::map<std::string_view, CLI::App*> nouns;
  std::vector<std::unique_ptr<Bound>> bounds;
  for (const auto* command : all_commands()) {
    auto& noun = nouns[command->noun];  // one that is a command itself, too, stands before its verbs
    CLI::App* sub = noun;
    if (!noun) {
      noun = parser.add_subcommand(std::string(command->noun))->fallthrough();
      noun->require_subcommand(command->verb.empty() ? 0 : 1, 1);
      noun->set_help_flag("");
      sub = noun;
    }
    if (!command->verb.empty()) sub = noun->add_subcommand(std::string(command->verb))->fallthrough();
    sub->set_help_flag("");
    bounds.push_back(std::make_unique<Bound>(Bound{command, sub, {}, {}, {}}));
    bind(*bounds.back());
  }
  return bounds;
}

int print_help(const std::vector<std::string>& words) {
  const auto text = help_on(words);
  if (!text) return report(text.error(), false);
  fmt::print("{}", *text);
  return kDone;
}

// The words before the first flag: noun, verb and what follows them.
std::vector<std::string> leading_words(std::span<const std::string> arguments) {
  std::vector<std::string> words;
  for (const auto& argument : arguments) {
    if (argument.starts_with('-')) break;
    words.push_back(argument);
  }
  return words;
}

bool asks_for_help(std::span<const std::string> arguments) {
  for (const auto& argument : arguments) {
    if (argument == "--") return false;
    if (argument == "-h" || argument == "--help") return true;
  }
  return false;
}

int run(const Bound& bound, const Common& common, const std::vector<std::string>& command) {
  auto call = collect(bound);
  note_command(call, command);
  call.json = !common.json.empty();
  if (common.json != "true") call.fields = split(common.json, ',');
  call.quiet = common.quiet;
  call.server = common.server.empty() ? std::string(kDefaultServer) : common.server;
  const auto outcome = bound.command->run(call);
  return outcome ? *outcome : report(outcome.error(), call.json);
}

bool wants_json(std::span<const std::string> arguments) {
  return std::ranges::any_of(arguments, [](const auto& argument) { return argument == "--json" || argument.starts_with("--json="); });
}

int parse_and_run(std::vector<std::string> arguments, const Command* meant) {
  std::vector<std::string> command;  // that is to be run: its words are its own
  if (meant && meant->run == start_run) {
    const auto sign = std::ranges::find(arguments, "--");
    if (sign != arguments.end()) command.assign(sign + 1, arguments.end());
    arguments.erase(sign, arguments.end());
  }
  CLI::App parser("", "gyre");
  parser.require_subcommand(0, 1);
  parser.fallthrough();
  Common common;
  add_common(parser, common);
  const auto bounds = add_commands(parser);
  try {
    parser.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return parser.exit(error);
    return report(usage_error(error, meant, arguments), wants_json(arguments));
  }
  set_color(common.color);
  set_csv(common.csv);
  set_utc(common.utc);
  for (const auto& bound : bounds) {
    if (bound->parser->parsed() && bound->parser->get_subcommands().empty()) return run(*bound, common, command);
  }
  return print_help({});
}

}  // namespace

int dispatch(int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (!arguments.empty() && arguments[0] == kCompleteWord) return complete({arguments.begin() + 1, arguments.end()});
  if (arguments.size() > 2 && arguments[0] == "lineage" && arguments[1] == "show") arguments.erase(arguments.begin() + 1);  // its one verb may be left out
  if (arguments.size() > 1 && arguments[0] == "run" && arguments[1].starts_with('-') && std::ranges::find(arguments, "--") != arguments.end())
    arguments.insert(arguments.begin() + 1, "start");  // gyre run [flags] -- COMMAND
  const auto words = leading_words(arguments);
  const auto noun = words.empty() ? "" : words[0], verb = words.size() < 2 ? "" : words[1];
  if (words.empty() ? arguments.empty() || asks_for_help(arguments) : noun == "help") return print_help({words.begin() + !words.empty(), words.end()});
  if (!words.empty()) {
    if (const auto error = misspelt(noun, verb)) return report(*error, wants_json(arguments));
    if (asks_for_help(arguments) || (verb.empty() && !find_command(noun, "")))
      return print_help({words.begin(), words.begin() + std::min<std::ptrdiff_t>(std::ssize(words), 2)});
  }
  return parse_and_run(arguments, find_command(noun, verb));
}

}  // namespace gyre::cli
