// Routes of alerts on runs, their rules, and the receivers that are told.
#pragma once

#include "alerting/alerting.h"
#include "net/router.h"

namespace gyre::rest {

// Both outlive the router.
struct AlertRooms {
  alerting::Service& alerting;
  notify::Service& notices;
};

void add_run_alert_routes(net::Router& router, const AlertRooms& rooms);
void add_receiver_routes(net::Router& router, notify::Service& notices);

}  // namespace gyre::rest
