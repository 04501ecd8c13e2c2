// Between the files of gyre retention.
#pragma once

#include "app/cli/remote.h"

namespace gyre::cli {

// "run:ID", "experiment:ID", "logged-model:ID"; by its shape where the kind is left out.
json::Value thing_of(std::string_view given);

Result<int> restore_from_bin(const Invocation& call);

}  // namespace gyre::cli
