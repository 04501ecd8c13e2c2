// Lists as arguments of a statement: "IN ($2, $3, $4)" and the values that are bound there.
#pragma once

#include <string>
#include <vector>

#include "storage/sql/value.h"

namespace gyre::sql {

// "$2, $3, $4" for three from the second on.
std::string places(std::size_t count, std::size_t first = 1);
// They borrow the texts.
std::vector<Value> values_of(const std::vector<std::string>& texts);

}  // namespace gyre::sql
