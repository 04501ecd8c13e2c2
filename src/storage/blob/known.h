// What a store knows of its objects' content without reading it.
#pragma once

#include <optional>

#include "storage/blob/store.h"

namespace gyre::blob {

// Nothing where the store keeps no hash of that object: one of an older Gyre, or not on a local disk.
std::optional<std::string> known_sha256(const Store& store, std::string_view key);

// Reads every object through whose hash is known, each content once, and names those that are damaged. What is written again then
// is kept anew.
Result<Findings> verify_known(Store& store);

}  // namespace gyre::blob
