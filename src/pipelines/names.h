// What a pipeline names outside of itself. Inside pipelines/ only.
#pragma once

#include "datasets/datasets.h"
#include "pipelines/definition.h"

namespace gyre::pipelines {

// Repositories, events and ${...} must be there when a definition is applied; fails with `invalid`, line and column.
Result<void> check_names(const Definition& definition, const json::Value& value, datasets::Service& datasets);

// The repository that ${commit} is of; "" where nothing is read at it.
std::string repository_of(const Definition& definition);

}  // namespace gyre::pipelines
