// What may stand where the cursor is: asked by the shells' completion scripts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gyre::cli {

// The hidden first word of the scripts' question.
inline constexpr std::string_view kCompleteWord = "__complete";

// Prints one candidate a line, "candidate<TAB>what it is", for the last of `words` (it may be empty); ":file" where the
// shell's own file names belong. Names of objects come from the server within kCompletionBudgetMs, else from the cache.
int complete(const std::vector<std::string>& words);
constexpr long kCompletionBudgetMs = 150;

struct Candidate {
  std::string text, about;
};
// What complete() prints, for those that need no server.
std::vector<Candidate> candidates(const std::vector<std::string>& words);

}  // namespace gyre::cli
