// Looking into folders without exceptions: those of std::filesystem would cross rooms.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace gyre {

// Whether something of that name is there and may be looked at.
bool is_there(const std::filesystem::path& path);

// What a folder holds, in order of name.
Result<std::vector<std::filesystem::path>> list_folder(const std::filesystem::path& folder);

}  // namespace gyre
