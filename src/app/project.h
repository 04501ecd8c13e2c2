// A project file (gyre.yaml): what a project has, applied to the rooms that it is about.
#pragma once

#include "app/house.h"

namespace gyre::app {

using Applied = rest::Applied;

// `text` is the file's; `folder` where it stands (the code of pipelines is relative to it). Idempotent: what has not
// changed makes no new revision. The whole text is checked for unknown sections before anything is applied; an error names
// the section, the entry and the place.
Result<Applied> apply_project(Rooms& rooms, std::string_view text, const std::filesystem::path& folder, std::string_view actor);
Result<Applied> apply_document(Rooms& rooms, const json::Value& document, const std::filesystem::path& folder, std::string_view actor);
Result<Applied> apply_project_file(Rooms& rooms, const std::filesystem::path& file, std::string_view actor);

}  // namespace gyre::app
