// Whether content was left where it lay before --artifact-root named another folder.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"

namespace gyre::app {

// The folder that content was kept in until now, where that is another than `root` and still holds some: files of runs and models that
// are not found any more. The data folder remembers it until it is empty, or `root` is that folder again.
Result<std::optional<std::filesystem::path>> content_left_behind(const std::filesystem::path& data_dir, const std::filesystem::path& root);

// Tells it in the log, with what to do.
Result<void> warn_of_content_left_behind(const std::filesystem::path& data_dir, const std::filesystem::path& root);

}  // namespace gyre::app
