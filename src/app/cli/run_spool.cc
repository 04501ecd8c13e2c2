#include "app/cli/run_spool.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"

namespace gyre::cli {

namespace fs = std::filesystem;

Result<fs::path> spool_folder() {
  const auto setting = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  auto folder = fs::path(setting("GYRE_SPOOL"));
  if (folder.empty() && !setting("XDG_STATE_HOME").empty()) folder = fs::path(setting("XDG_STATE_HOME")) / "gyre/runs";
  if (folder.empty() && !setting("HOME").empty()) folder = fs::path(setting("HOME")) / ".local/state/gyre/runs";
  if (folder.empty()) folder = fs::temp_directory_path() / fmt::format("gyre-runs-{}", ::geteuid());
  const bool is_new = ::access(folder.c_str(), F_OK) != 0;
  TRY(make_folders(folder));
  if (is_new) ::chmod(folder.c_str(), 0700);  // what commands print is their owner's
  return folder;
}

}  // namespace gyre::cli
