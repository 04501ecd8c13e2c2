// What git knows of the folder that a command runs in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace gyre::runs {

constexpr std::size_t kMaxDiffBytes = 8 << 20;

struct GitFacts {
  std::string commit, branch;  // branch: "" where none is checked out
  std::string remote;          // URL without a name, password or token in it
  std::string diff;            // against the commit; of a larger one the first kMaxDiffBytes
  bool is_diff_whole = true;
  std::string untracked;  // names of files that git does not know, one a line
  bool is_dirty() const { return !diff.empty(); }
};

// Nothing where there is no git, no repository or no commit. Asks the git that is installed; nothing in the folder changes.
std::optional<GitFacts> git_facts(const std::filesystem::path& folder);

// "https://user:token@host/x.git" -> "https://host/x.git"; "git@host:x.git" stays.
std::string without_credentials(std::string_view url);

}  // namespace gyre::runs
