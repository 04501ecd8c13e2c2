#include "base/folder.h"

#include <algorithm>
#include <cerrno>

#include "base/file.h"

namespace gyre {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Result<std::vector<fs::path>> list_folder(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator(); at.increment(error)) found.push_back(at->path());
  if (error) {
    errno = error.value();
    return fail_errno("list", folder);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace gyre
