// Single checks of gates, from figures alone. Inside policy/ only.
#pragma once

#include "policy/mover.h"

namespace gyre::policy {

Check at_least(std::string name, std::string metric, double value, double limit, std::int64_t n);
Check at_most(std::string name, std::string metric, double value, double limit, std::int64_t n, std::string unit = "");
// There is nothing to compare: that a gate was left out is told as such.
Check unmeasured(Check check, bool passed, std::string note);

// Of many slices some are worse by chance, so what is held against the limit is the good end of a slice's interval, and the
// interval is the wider the more slices there are. Shown is the slice whose good end is the worst, by which the gate is decided.
Check slice_check(const std::string& column, const monitoring::LabelledRows& rows, const std::vector<double>& gains, const Gates& gates);

}  // namespace gyre::policy
