// A short question to another program.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gyre::runs {

struct QuickAnswer {
  std::string text;      // standard output, the first `most_bytes` of it
  bool is_whole = true;  // there was no more, and it ended in time
};

// Nothing where it cannot be run, fails, or takes longer; it is ended then.
std::optional<QuickAnswer> ask_command(const std::vector<std::string>& argv, const std::filesystem::path& folder, std::size_t most_bytes,
                                       std::int64_t timeout_ms);

}  // namespace gyre::runs
