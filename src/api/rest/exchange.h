// /exchange: records of a move in, and what is here of them out. Their bodies are Gyre's own form of records (exchange/packing.h).
#pragma once

#include "exchange/intake.h"
#include "net/router.h"

namespace gyre::rest {

// `intake` outlives the router.
void add_exchange_routes(net::Router& router, exchange::Intake& intake);

}  // namespace gyre::rest
