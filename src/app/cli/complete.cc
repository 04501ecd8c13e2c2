#include "app/cli/complete.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "app/cli/cells.h"
#include "app/cli/options.h"
#include "app/cli/remote.h"
#include "base/file.h"
#include "base/hash.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNames = 200;
constexpr std::size_t kMaxCacheBytes = 1 << 20;

// Where the cursor is: after which command, in the value of which option, at which positional.
struct Place {
  const Command* command = nullptr;
  std::string noun, server;
  const Option* option = nullptr;  // the cursor is in its value
  std::size_t positional = 0;
  std::string word;  // so far
};

const Option* find_option(const Command* command, std::string_view written) {
  const auto matches = [&](const Option& option) {
    return (written.starts_with("--") && written.substr(2) == option.name) ||
           (written.size() == 2 && written[0] == '-' && option.letter && written[1] == option.letter);
  };
  for (const auto& option : kCommonOptions) {
    if (matches(option)) return &option;
  }
  if (!command) return nullptr;
  const auto found = std::ranges::find_if(command->options, matches);
  return found == command->options.end() ? nullptr : &*found;
}

bool takes_value(const Option& option) { return !option.value.empty() && !option.value.starts_with('['); }

std::string server_of(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--server") return words[i + 1];
  }
  const char* named = std::getenv("GYRE_SERVER");
  return named && *named ? named : std::string(kDefaultServer);
}

Place place_of(const std::vector<std::string>& words) {
  Place place;
  place.server = server_of(words);
  if (!words.empty()) place.word = words.back();
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const auto& word = words[i];
    place.option = nullptr;
    if (word.starts_with('-') && word.size() > 1) {
      const auto* option = find_option(place.command, word);
      if (!option || !takes_value(*option)) continue;
      place.option = option;
      if (i + 2 < words.size()) ++i, place.option = nullptr;  // its value is written
    } else if (place.noun.empty()) {
      place.noun = word;
      place.command = find_command(word, "");
    } else if (!place.command) {
      place.command = find_command(place.noun, word);
    } else if (const auto* verb = find_command(place.noun, word); verb && place.positional == 0 && verb->verb == word) {
      place.command = verb;
    } else {
      ++place.positional;
    }
  }
  return place;
}

std::vector<Candidate> nouns() {
  std::vector<Candidate> all;
  for (const auto* command : all_commands()) {
    if (command->hidden || (!all.empty() && all.back().text == command->noun)) continue;
    all.push_back({std::string(command->noun), command->verb.empty() ? std::string(command->summary) : ""});
  }
  all.push_back({"help", "help on a noun, a verb, or exit-codes"});
  return all;
}

std::vector<Candidate> verbs(std::string_view noun) {
  std::vector<Candidate> all;
  for (const auto* command : verbs_of(noun)) all.push_back({std::string(command->verb), std::string(command->summary)});
  return all;
}

std::vector<Candidate> flags(const Command* command) {
  std::vector<Candidate> all;
  if (command) {
    for (const auto& option : command->options) all.push_back({fmt::format("--{}", option.name), std::string(option.help)});
  }
  for (const auto& option : kCommonOptions) all.push_back({fmt::format("--{}", option.name), std::string(option.help)});
  return all;
}

std::optional<Names> names_at(const Place& place) {
  if (place.option) return place.option->names;
  if (!place.command || place.command->positionals.empty()) return std::nullopt;
  const auto& positionals = place.command->positionals;
  if (place.positional < positionals.size()) return positionals[place.positional].names;
  return positionals.back().rest ? std::optional(positionals.back().names) : std::nullopt;
}

// Where the names of a kind are listed, and which member of a row is one.
struct Source {
  std::string path, member, about;
};

Source source_of(Names names) {
  switch (names) {
    case Names::repo:
      return {"/api/v1/repos", "name", "description"};
    case Names::pipeline:
      return {"/api/v1/pipelines", "name", "trigger"};
    case Names::pipeline_run:
      return {"/api/v1/pipeline-runs", "id", "pipeline"};
    case Names::run:
      return {"/api/v1/runs", "name", "state"};
    case Names::experiment:
      return {"/api/v1/experiments", "name", ""};
    case Names::model:
    case Names::version:
      return {"/api/v1/models", "name", ""};
    case Names::endpoint:
      return {"/api/v1/endpoints", "name", "sentence"};
    case Names::monitor:
      return {"/api/v1/monitors", "name", "sentence"};
    case Names::alert:
      return {"/api/v1/alerts", "id", "text"};
    case Names::policy:
      return {"/api/v1/policies", "name", "sentence"};
    default:
      return {};
  }
}

fs::path cache_file(const std::string& server, const std::string& path) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const auto folder = cache && *cache ? fs::path(cache) : home && *home ? fs::path(home) / ".cache" : fs::path();
  return folder.empty() ? folder : folder / "gyre" / "names" / sha256_hex(server + path).substr(0, 16);
}

Result<json::Value> ask(const std::string& server, const std::string& path) {
  net::Client client({.connect_timeout_ms = kCompletionBudgetMs,
                      .total_timeout_ms = kCompletionBudgetMs,
                      .stall_timeout_ms = 1000,
                      .retries = 0,
                      .max_answer_bytes = kMaxCacheBytes});
  const auto url = fmt::format("{}{}{}{}limit={}", server.contains("://") ? "" : "http://", server, path, path.contains('?') ? '&' : '?', kMostNames);
  const auto answer = TRY(client.send({.method = "GET", .url = url, .headers = {}, .body = {}}));
  if (answer.status != 200) return fail(Code::not_found, "no list");
  const auto file = cache_file(server, path);
  if (!file.empty() && make_folders(file.parent_path())) {
    if (const auto kept = write_file_durably(file, answer.body); !kept) return json::parse(answer.body);  // a cache that cannot be written is none
  }
  return json::parse(answer.body);
}

// From the server while it answers fast, else what it answered last.
json::Value rows_of(const std::string& server, const std::string& path) {
  if (auto fresh = ask(server, path)) return std::move(*fresh)["rows"];
  const auto kept = read_file(cache_file(server, path), kMaxCacheBytes);
  if (!kept) return {};
  auto parsed = json::parse(*kept);
  return parsed ? (*parsed)["rows"] : json::Value();
}

// Behind an @: branches and tags of a repository, versions and aliases of a model.
std::vector<Candidate> behind_at(const Place& place, Names names, std::string_view owner) {
  std::vector<Candidate> all;
  if (names == Names::repo) {
    for (const auto& row : items(rows_of(place.server, api("repos", owner, "refs"))))
      all.push_back({fmt::format("{}@{}", owner, row["name"].string_or("")), row["tag"].bool_or(false) ? "tag" : "branch"});
    return all;
  }
  const auto model = ask(place.server, api("models", owner));
  for (const auto& row : items(model ? (*model)["versions"] : json::Value())) {
    all.push_back({fmt::format("{}@{}", owner, row["version"].string_or("")), row["state"].string_or("")});
    for (const auto& alias : items(row["aliases"])) all.push_back({fmt::format("{}@{}", owner, alias.string_or("")), "alias"});
  }
  return all;
}

std::vector<Candidate> objects(const Place& place, Names names) {
  const bool versioned = names == Names::repo || names == Names::version;
  if (const auto at = place.word.find('@'); versioned && at != std::string::npos) return behind_at(place, names, std::string_view(place.word).substr(0, at));
  const auto source = source_of(names);
  std::vector<Candidate> all;
  if (source.path.empty()) return all;
  for (const auto& row : items(rows_of(place.server, source.path)))
    all.push_back({row[source.member].string_or(""), source.about.empty() ? "" : row[source.about].string_or("")});
  return all;
}

std::vector<Candidate> beginning_with(std::vector<Candidate> all, std::string_view word) {
  std::erase_if(all, [&](const Candidate& candidate) { return !candidate.text.starts_with(word) || candidate.text.empty(); });
  return all;
}

std::vector<Candidate> words_at(const Place& place, const std::vector<std::string>& words) {
  if (place.noun == "help" && words.size() <= 3) {
    auto all = words.size() == 3 ? verbs(words[1]) : nouns();
    if (words.size() == 2) all.push_back({"exit-codes", "what the process ends with"});
    return all;
  }
  if (place.option && place.option->name == "color") return {{"auto", ""}, {"always", ""}, {"never", ""}};
  if (!place.option && place.word.starts_with('-')) return flags(place.command);
  if (!place.option && place.noun.empty()) return nouns();
  const bool may_be_verb = !place.command || (place.command->verb.empty() && place.positional == 0);
  if (auto all = verbs(place.noun); !place.option && may_be_verb && !all.empty()) return all;
  const auto names = names_at(place);
  if (names == Names::file) return {{":file", ""}};
  if (names == Names::shell) return {{"bash", ""}, {"zsh", ""}};
  return {};
}

}  // namespace

std::vector<Candidate> candidates(const std::vector<std::string>& words) {
  const auto place = place_of(words);
  auto all = words_at(place, words);
  if (!all.empty() && all.front().text == ":file") return all;
  return beginning_with(std::move(all), place.word);
}

int complete(const std::vector<std::string>& words) {
  const auto place = place_of(words);
  auto all = candidates(words);
  const auto names = names_at(place);
  const bool wants_object = all.empty() && names && (place.option || !place.word.starts_with('-'));
  if (wants_object) all = beginning_with(objects(place, *names), place.word);
  for (const auto& candidate : all) fmt::print("{}\t{}\n", safe(candidate.text), safe(candidate.about));
  return kDone;
}

}  // namespace gyre::cli
