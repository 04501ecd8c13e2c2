// What the routes of monitors share.
#pragma once

#include "api/rest/routes.h"
#include "api/rest/wire.h"

namespace gyre::rest {

void add_drift_routes(net::Router& router, const Rooms& rooms);
void add_distribution_routes(net::Router& router, const Rooms& rooms);
void add_performance_routes(net::Router& router, const Rooms& rooms);
void add_alert_routes(net::Router& router, const Rooms& rooms);

// `from` and `to` of a request: from the beginning and to now where they are left out.
struct Range {
  TimeMs from_ms = 0, to_ms = 0;
};
Result<Range> range_of(const Rooms& rooms, const net::Request& request);

// Aligned figures; null: not measured.
void values_field(Writer& writer, std::string_view name, const std::vector<std::optional<double>>& values);

// The contract's Window.
void write_window(Writer& writer, const monitoring::Window& window);

}  // namespace gyre::rest
