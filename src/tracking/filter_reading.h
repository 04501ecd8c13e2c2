// The filter language read as SQL; what makes no sense is told with its place. Inside tracking/ only.
#pragma once

#include "tracking/filter_values.h"

namespace gyre::tracking {

Parsed<void> check_size(std::string_view text);
Parsed<Condition> read_condition(std::string_view filter, const Fields& fields, std::size_t first_parameter, const FilterContext& context);

struct SortedBy {
  Value value;
  bool descending = false;
};
Parsed<SortedBy> read_order_item(std::string_view text, ValueWriter& writer);

}  // namespace gyre::tracking
