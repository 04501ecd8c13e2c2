#include "tracking/run_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace gyre::tracking {

bool may_be_run_id(std::string_view id) {
  constexpr std::string_view kFolders[] = {"models", "traces", "artifacts"};  // of an experiment, where its runs' folders stand too
  if (id.empty() || id.size() > kMaxRunIdBytes || !std::isalnum(static_cast<unsigned char>(id.front()))) return false;
  if (!std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; })) return false;
  return std::ranges::find(kFolders, id) == std::end(kFolders) && !id.starts_with("m-") && !id.starts_with("tr-");
}

Result<void> check_run_id(std::string_view id) {
  if (may_be_run_id(id)) return {};
  return fail(Code::invalid, fmt::format("'{:.80}' cannot be the id of a run", id), {},
              fmt::format("1 to {} of A-Z, a-z, 0-9, _ and -, with a letter or a digit first; not models, traces or artifacts, nor m-... or tr-..., which name "
                          "other things",
                          kMaxRunIdBytes));
}

}  // namespace gyre::tracking
