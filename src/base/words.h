// Figures, counts and times as sentences for people write them; the page's own formats agree (web/src/format).
#pragma once

#include <string>

#include "base/clock.h"

namespace gyre {

// ".096", "1.25", "-.004", "16,204".
std::string plain_figure(double value, int digits = 3);
// ".096 over .060": with as many digits as tell the two apart.
std::string beyond_text(double value, double limit);
// "16,204".
std::string plain_count(std::int64_t count);
// "1 Apr"; UTC.
std::string plain_day(TimeMs at_ms);
// The same with the year where it is not now's: "1 Apr 2001".
std::string plain_day(TimeMs at_ms, TimeMs now_ms);
// "2 d 4 h", "14 m", "7 d".
std::string plain_duration(std::int64_t ms);

}  // namespace gyre
