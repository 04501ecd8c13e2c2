// gyre retention: the bin, the rules that fill it, and what goes for good.
#include "app/cli/retention.h"

#include <fmt/format.h>

#include <charconv>

#include "app/cli/confirm.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

const Positional kName{"name", "of the rule"};
const Option kRule[] = {{"exp", "NAME", "of this experiment alone", 0, false, Names::experiment},
                        {"filter", "TEXT", "the filter language of gyre run ls"},
                        {"older-than", "DURATION", "ended so long ago: 90d"},
                        {"keep-latest", "N", "of those that match, in each experiment"},
                        {"keep-best", "N", "of those that match, by --metric"},
                        {"metric", "KEY", "what is best by it"},
                        {"lowest", "", "the least value is the best"}};

std::vector<Option> rule_options(bool dry_run) {
  std::vector<Option> options(std::begin(kRule), std::end(kRule));
  if (dry_run) options.insert(options.end(), {{"dry-run", "", "print the plan, change nothing"}, kYes});
  return options;
}

const Command kCommands[] = {
    {.noun = "retention",
     .verb = "ls",
     .summary = "Rules that put runs into the bin",
     .example = "gyre retention ls",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = list_rules},
    {.noun = "retention",
     .verb = "plan",
     .summary = "What a rule would take now, and what it would free",
     .example = "gyre retention plan failed-soon --filter \"status = 'FAILED' AND duration < '60s'\"",
     .positionals = {kName},
     .options = rule_options(false),
     .run = plan_rule},
    {.noun = "retention",
     .verb = "set",
     .summary = "Make a rule, or change the one of that name",
     .example = "gyre retention set few --exp flights --older-than 90d --keep-latest 20 --keep-best 5 --metric auc\n"
                "gyre retention set failed-soon --filter \"status = 'FAILED' AND duration < '60s'\" --dry-run",
     .positionals = {kName},
     .options = rule_options(true),
     .run = set_rule},
    {.noun = "retention",
     .verb = "rm",
     .summary = "Take a rule away; what it put into the bin stays there for its time",
     .example = "gyre retention rm failed-soon",
     .positionals = {kName},
     .options = {},
     .run = remove_rule},
    {.noun = "retention",
     .verb = "bin",
     .summary = "What is deleted and can be restored, and for how long",
     .example = "gyre retention bin",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = show_bin},
    {.noun = "retention",
     .verb = "restore",
     .summary = "Bring back from the bin: some things, what a rule took, or all",
     .example = "gyre retention restore experiment:4\ngyre retention restore amber-fox bold-heron\ngyre retention restore --rule failed-soon",
     .positionals = {{"refs", "run:ID, experiment:ID, logged-model:ID or a name, as gyre retention bin has them", false, true}},
     .options = {{"rule", "NAME", "all that the rule of that name took, be it there or not"},
                 {"since", "TIME", "of --rule: what it took from then on"},
                 {"all", "", "all that the bin holds"}},
     .run = restore_from_bin},
    {.noun = "retention",
     .verb = "purge",
     .summary = "Take something out of the bin for good, before its time",
     .example = "gyre retention purge experiment:4 --yes\ngyre retention purge --everything --yes",
     .positionals = {{"ref", "run:ID, experiment:ID or logged-model:ID", false}},
     .options = {{"everything", "", "all that the bin holds"}, kYes},
     .run = purge_bin},
    {.noun = "retention",
     .verb = "window",
     .summary = "How long what is deleted can be restored; with DURATION: set it",
     .example = "gyre retention window 14d",
     .positionals = {{"duration", "30d, 36h; 0s purges at once", false}},
     .options = {},
     .run = undo_window},
    {.noun = "retention",
     .verb = "quota",
     .summary = "What experiments hold of what they may; with EXPERIMENT, or all: set it",
     .example = "gyre retention quota\ngyre retention quota flights --runs 1000 --points 50000000\ngyre retention quota all --bytes 10GiB --on-exceed oldest",
     .positionals = {{"experiment", "its name, or all: of all together", false}},
     .options = {kLimit,
                 kAll,
                 {"runs", "N", "at most so many"},
                 {"points", "N", "of metrics"},
                 {"bytes", "SIZE", "of files: 10GiB"},
                 {"on-exceed", "WHAT", "refuse what comes, or put the oldest runs into the bin: refuse (the default) or oldest"},
                 {"rm", "", "take the quota away"},
                 kYes},
     .run = quotas},
};

}  // namespace

std::string retention_path(std::string_view below) { return fmt::format("/api/v1/retention{}", below); }

Result<std::int64_t> limit_of(const Invocation& call, std::string_view flag) {
  const auto text = call.option(flag, "0");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0) return number;
  return fail(Code::invalid, fmt::format("--{} '{}' is no number of them", flag, text));
}

void tell_kept(const json::Value& answer) {
  for (const auto& kept : items(answer["kept"])) tell(fmt::format("kept  {}:{}  {}", text(kept["kind"]), text(kept["id"]), text(kept["why"])));
  const auto untold = answer["kept_total"].int_or(0) - std::ssize(items(answer["kept"]));
  if (untold > 0) tell(fmt::format("and {} more are kept", untold));
}

json::Value thing_of(std::string_view given) {
  const auto colon = given.find(':');
  const bool kinded = colon != std::string_view::npos;
  const auto kind = kinded ? given.substr(0, colon) : given.starts_with("m-") ? "logged-model" : "run";
  return json::Object{{"kind", kind}, {"id", kinded ? given.substr(colon + 1) : given}};
}

std::span<const Command> retention_commands() { return kCommands; }

}  // namespace gyre::cli
