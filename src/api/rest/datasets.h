// What the reading and the writing routes of repositories share.
#pragma once

#include <span>

#include "api/rest/routes.h"

namespace gyre::rest {

void add_dataset_writes(net::Router& router, const Rooms& rooms);

// The contract's Commit for each, one value after the other, with the branches and tags that point at it and the model
// versions that it trained. Into an array that is open, or for one commit behind a key.
Result<void> write_commits(json::Writer& writer, const Rooms& rooms, const std::string& repo, std::span<const datasets::Commit> commits);

}  // namespace gyre::rest
