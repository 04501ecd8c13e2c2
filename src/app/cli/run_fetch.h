// One file of a run. Behind gyre run get.
#pragma once

#include <filesystem>

#include "app/cli/run_files.h"

namespace gyre::cli {

// The file at its place, whole and compared; its hash. What came of it before it was cut is taken up.
Result<std::string> fetch_file(Remote& remote, const std::string& url, const FileHead& whole, const std::filesystem::path& target, const Moved& moved);
// Whether just this content is at the place.
bool is_there(const std::filesystem::path& target, const FileHead& whole);

}  // namespace gyre::cli
