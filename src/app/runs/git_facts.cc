#include "app/runs/git_facts.h"

#include "app/runs/quick_command.h"

namespace gyre::runs {
namespace {

constexpr std::size_t kMaxLineBytes = 16 << 10, kMaxNamesBytes = 256 << 10;
constexpr std::int64_t kLineMs = 3000, kDiffMs = 10'000;

// A repository's own settings could name programs to run, or make git write: none of that for looking on.
std::vector<std::string> git(std::initializer_list<std::string> words) {
  std::vector<std::string> argv{"git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"};
  argv.insert(argv.end(), words);
  return argv;
}

std::string line(const std::filesystem::path& folder, std::initializer_list<std::string> words) {
  auto answer = ask_command(git(words), folder, kMaxLineBytes, kLineMs);
  if (!answer) return "";
  while (answer->text.ends_with('\n')) answer->text.pop_back();
  return answer->text;
}

}  // namespace

std::string without_credentials(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const auto authority = scheme + 3, path = std::min(url.find('/', authority), url.size());
  const auto at = url.substr(0, path).rfind('@');
  if (at == std::string_view::npos || at < authority) return std::string(url);
  return std::string(url.substr(0, authority)) + std::string(url.substr(at + 1));
}

std::optional<GitFacts> git_facts(const std::filesystem::path& folder) {
  GitFacts facts{.commit = line(folder, {"rev-parse", "--verify", "HEAD"})};
  if (facts.commit.empty()) return std::nullopt;
  facts.branch = line(folder, {"symbolic-ref", "--short", "-q", "HEAD"});
  facts.remote = without_credentials(line(folder, {"remote", "get-url", "origin"}));
  if (auto diff = ask_command(git({"diff", "--no-ext-diff", "--no-textconv", "--no-color", "--binary", "HEAD"}), folder, kMaxDiffBytes, kDiffMs)) {
    facts.diff = std::move(diff->text);
    facts.is_diff_whole = diff->is_whole;
  }
  if (auto names = ask_command(git({"ls-files", "--others", "--exclude-standard"}), folder, kMaxNamesBytes, kLineMs)) facts.untracked = std::move(names->text);
  return facts;
}

}  // namespace gyre::runs
