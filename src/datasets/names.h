// What may name a repository, a branch, a tag and a path.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace gyre::datasets {

constexpr std::size_t kMinCommitPrefix = 7;

// `what` is the word for messages: "a repository".
Result<void> check_name(std::string_view what, std::string_view name);
// A branch or a tag: as check_name, and not to be mistaken for a commit id.
Result<void> check_ref_name(std::string_view what, std::string_view name);
// A path of a file: relative, of segments that no file system reads as anything else.
Result<void> check_path(std::string_view path);
// Whether it may be a commit id or the start of one.
bool is_commit_prefix(std::string_view text);

std::vector<std::string_view> segments(std::string_view path);
std::string_view base_name(std::string_view path);
// "parquet", "csv", "json" (a value a line), or "" for what is not kept as a table.
std::string_view table_format(std::string_view path);

}  // namespace gyre::datasets
