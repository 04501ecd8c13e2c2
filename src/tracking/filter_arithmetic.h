// Arithmetic of doubles as SQL. Inside tracking/ only.
#pragma once

#include <string>

#include "storage/sql/db.h"

namespace gyre::tracking {

// `left` + - * / `right` as IEEE 754 has it, but that what is no number is NULL, as is a division by zero: then no test holds.
std::string arithmetic_sql(sql::Dialect dialect, char sign, const std::string& left, const std::string& right);

}  // namespace gyre::tracking
