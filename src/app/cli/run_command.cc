#include "app/cli/run_command.h"

namespace gyre::cli {
namespace {

constexpr auto kName = "--";

}  // namespace

// Its words may hold newlines and be empty, but no word of a command line holds a NUL.
void note_command(Invocation& call, const std::vector<std::string>& words) {
  std::string joined;
  for (const auto& word : words) joined.append(word).append(1, '\0');
  if (!words.empty()) call.options[kName] = std::move(joined);
}

std::vector<std::string> noted_command(const Invocation& call) {
  std::vector<std::string> words;
  const auto joined = call.option(kName);
  for (std::size_t from = 0; from < joined.size();) {
    const auto end = joined.find('\0', from);
    words.push_back(joined.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

}  // namespace gyre::cli
