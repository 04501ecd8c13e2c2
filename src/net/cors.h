// Pages of other origins that the operator lets talk to the server: the Fetch standard's "CORS protocol". Inside net/ only.
#pragma once

#include "net/guard.h"

namespace gyre::net {

// What a browser asks before such a page's request, answered; nothing where the request is none of these questions.
std::optional<Response> answer_preflight(const HostRules& rules, const Request& request);

// Says that the page may read the answer, where it may.
void let_read(const HostRules& rules, const Request& request, Response& response);

}  // namespace gyre::net
