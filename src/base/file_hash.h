// SHA-256 of what stands in a file.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace gyre {

// 64 lower-case hexadecimal digits. Reads in parts, so the file may be of any size. `not_found` where there is none.
Result<std::string> file_sha256(const std::filesystem::path& path);

}  // namespace gyre
