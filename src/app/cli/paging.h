// Lists that are asked for by POST, a page at a time.
#pragma once

#include "app/cli/remote.h"

namespace gyre::cli {

// As list(), with the question in a body; the first page counts, the others go on from it.
Result<Rows> list_posted(Remote& remote, std::string_view path, json::Value question, const Invocation& call);
// How many rows --limit and --all ask for.
Result<std::int64_t> wanted_rows(const Invocation& call);

}  // namespace gyre::cli
