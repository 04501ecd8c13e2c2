// Telling a full disk from other troubles.
#pragma once

#include "base/result.h"

namespace gyre {

// Whether a disk has no room left: the one kind of `unavailable` that trying again does not mend.
bool is_disk_full(const Error& error);

}  // namespace gyre
