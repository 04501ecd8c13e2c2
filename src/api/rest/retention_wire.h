// Retention's values as JSON. Inside api/rest/ only.
#pragma once

#include "api/rest/wire.h"
#include "tracking/retention.h"

namespace gyre::rest {

// One thing of the bin, what a rule put in (from a time on), or everything.
struct ThingBody {
  std::string kind, id, rule, since;
  bool everything = false;
};
BOOST_DESCRIBE_STRUCT(ThingBody, (), (kind, id, rule, since, everything))

Result<tracking::Rule> read_rule(const net::Request& request);
// The command that sets this rule.
std::string command_of(const tracking::Rule& rule);

Result<tracking::Quota> read_quota(const net::Request& request);
std::string command_of(const tracking::Quota& quota);

// The command that brings back what a rule, or "quota:3", takes from now on.
std::string command_that_restores(std::string_view rule, TimeMs since_ms);

void write_bin_item(Writer& writer, const tracking::BinItem& item);
void write_order(Writer& writer, const tracking::PurgeOrder& order);
void write_rule(Writer& writer, const tracking::StoredRule& stored);
void write_quota(Writer& writer, const tracking::StoredQuota& stored);
void write_plan(Writer& writer, const tracking::Plan& plan);

}  // namespace gyre::rest
