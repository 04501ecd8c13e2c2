#include "app/demo/feed.h"

#include <fmt/format.h>

namespace gyre::demo {

Result<void> Feed::commit_known(TimeMs after_ms, TimeMs now_ms) {
  datasets::CommitRequest request{.repo = std::string(kRepository),
                                  .expected_head = {},
                                  .message = fmt::format("What was known on {}", to_iso_date(now_ms)),
                                  .author = "feed",
                                  .metadata = json::Object{{"known_at", to_iso(now_ms)}},
                                  .idempotency_key = fmt::format("known-{}", to_iso_date(now_ms)),
                                  .changes = {},
                                  .causes = {}};
  const auto put = [&](std::string_view kind, const std::filesystem::path& file) {
    if (std::filesystem::exists(file)) request.changes.push_back(datasets::Change::from_file(fmt::format("{}/{}", kind, file.filename().string()), file));
  };
  for (auto at_ms = after_ms + kDayMs; at_ms <= now_ms; at_ms += kDayMs) {
    put("flights", flights_of(slices_, at_ms - kDayMs));
    put("labels", labels_of(slices_, at_ms - kLabelDelayMs));
  }
  if (request.changes.empty()) return {};
  TRY(datasets_.commit(request));
  return {};
}

}  // namespace gyre::demo
