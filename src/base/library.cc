#include "base/library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

namespace gyre {

Result<void*> open_library(const std::filesystem::path& chosen, std::string_view name) {
  std::vector<std::filesystem::path> places;
  if (!chosen.empty()) {
    places.push_back(chosen);
  } else {
    if (const char* folder = std::getenv("GYRE_LIB_DIR")) places.push_back(std::filesystem::path(folder) / name);
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) places.push_back(self.parent_path() / "lib" / name);
    places.emplace_back(name);
  }
  std::string tried;
  for (const auto& place : places) {
    if (void* handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
    tried += std::string(tried.empty() ? "" : "; ") + dlerror();
  }
  return fail(Code::unavailable, "the library " + std::string(name) + " cannot be opened", tried,
              "./gyre-dev setup brings it; GYRE_LIB_DIR names another folder");
}

}  // namespace gyre
