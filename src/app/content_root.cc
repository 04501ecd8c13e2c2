#include "app/content_root.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"

namespace gyre::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRemembered = "content-root";  // a file of the data folder

Result<fs::path> last_root(const fs::path& data_dir) {
  std::error_code error;
  if (!fs::exists(data_dir / kRemembered, error)) return data_dir / "blobs";
  return fs::path(TRY(read_file(data_dir / kRemembered)));
}

bool holds_content(const fs::path& root) {
  std::error_code error;
  const auto all = fs::recursive_directory_iterator(root / "objects", error);
  return !error && std::ranges::any_of(all, [&](const auto& entry) { return entry.is_regular_file(error); });
}

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error);
}

}  // namespace

Result<std::optional<fs::path>> content_left_behind(const fs::path& data_dir, const fs::path& root) {
  auto last = TRY(last_root(data_dir));
  if (is_same(last, root)) return std::nullopt;
  if (holds_content(last)) return last;
  TRY(write_file_durably(data_dir / kRemembered, fs::absolute(root).string()));
  return std::nullopt;
}

Result<void> warn_of_content_left_behind(const fs::path& data_dir, const fs::path& root) {
  const auto left = TRY(content_left_behind(data_dir, root));
  if (!left) return {};
  const auto old = left->string(), now = root.string();
  log::warn("files of runs and models lie where content was kept before, and are not found",
            {{"before", old},
             {"now", now},
             {"fix", fmt::format("stop the server, move what is in {} to {} and start it again; or start it with --artifact-root {}", old, now, old)}});
  return {};
}

}  // namespace gyre::app
