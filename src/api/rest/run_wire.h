// What the routes about many runs share: which experiments are meant, and how columns and cells are written.
#pragma once

#include <map>

#include "api/rest/wire.h"
#include "tracking/run_query.h"

namespace gyre::rest {

// id -> name.
using Experiments = std::map<std::string, std::string>;
// All that are active where none is named; `not_found` for one that there is not.
Result<Experiments> experiments_of(tracking::Service& tracking, const std::vector<std::string>& ids);
std::vector<std::string> ids_of(const Experiments& experiments);

// ACTIVE_ONLY, DELETED_ONLY or ALL.
Result<void> check_view(std::string_view view);
Result<void> check_limit(std::int64_t limit, std::int64_t least, std::int64_t most);

// The contract's RunCell and list of RunColumn.
void write_cell(Writer& writer, const tracking::Cell& cell, tracking::ColumnKind kind);
std::string_view word_of(tracking::ColumnKind kind);
void columns_field(Writer& writer, std::string_view name, const std::vector<std::string>& texts, const std::vector<tracking::ColumnKind>& kinds);

}  // namespace gyre::rest
