// A handler called, and what is logged of it. Inside net/ only.
#pragma once

#include "net/router.h"

namespace gyre::net {

// Its answer, or what its mapper makes of its error; an exception that escapes it ends here.
Response call(const Router::Match& match, const Request& request);

void tell_answered(const Request& request, std::string_view pattern, int status, std::int64_t latency_ns);

// False where the path is not under the prefix.
bool take_prefix(std::string& path, std::string_view prefix);

}  // namespace gyre::net
