// Where a page of a search ended: the values that its last row was sorted by, as text for the client to send back. For rooms that search.
#pragma once

#include "tracking/filter.h"

namespace gyre::tracking {

using CursorValues = std::vector<std::optional<Bound>>;

std::string write_cursor(std::span<const sql::Value> values, std::string_view search);
// `invalid` for a text that is no cursor, or one of another search.
Result<CursorValues> read_cursor(std::string_view cursor, std::string_view search, std::size_t keys);

// A condition: what comes behind a row of those values. `bind` gives a value its place.
std::string behind(std::span<const OrderKey> keys, const CursorValues& values, const std::function<std::string(const Bound&)>& bind);

}  // namespace gyre::tracking
