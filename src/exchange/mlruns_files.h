// The file store's small files. Inside exchange/ only.
#pragma once

#include <functional>

#include "exchange/source.h"

namespace gyre::exchange {

// What the file store knows by a folder of files, one a key: keys may have slashes, and are folders then. By key.
std::vector<tracking::Tag> read_pairs(const std::filesystem::path& folder);
// The files below a folder with their paths below it, by path.
std::vector<std::string> files_below(const std::filesystem::path& folder);
// Folders directly below, by name.
std::vector<std::string> folders_in(const std::filesystem::path& folder);
// `folder`/meta.yaml; null where there is none or it cannot be read, which is told.
json::Value meta_of(const std::filesystem::path& folder, Sink& sink);

// The text of such a file; null where it cannot be read.
json::Value read_meta_text(std::string_view text);

// Of a file, a line at a time, however long the file is: the last one too, which has no end.
Result<void> each_line(const std::filesystem::path& file, const std::function<Result<void>(std::string_view line, bool ended)>& on_line);

// A number or its text.
std::int64_t whole(const json::Value& value, std::int64_t otherwise = 0);
std::string text(const json::Value& value);

}  // namespace gyre::exchange
