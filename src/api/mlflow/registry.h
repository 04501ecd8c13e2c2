// What the registry's groups of calls share.
#pragma once

#include "api/mlflow/encode.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {

using RegistryHandler = Result<net::Response> (*)(registry::Service&, const net::Request&);

// A version's number comes as text.
Result<std::int64_t> version_number(const Args& args);
net::Response version_reply(const registry::Version& version);
net::Response versions_reply(const std::vector<registry::Version>& versions, std::int64_t next_offset = -1);
// At most `most` a page; `otherwise` where the caller names no number.
Result<registry::Search> read_search(const net::Request& request, std::int64_t otherwise, std::int64_t most);

void add_model_routes(net::Router& router, registry::Service& registry);
void add_version_routes(net::Router& router, registry::Service& registry);
void add_alias_routes(net::Router& router, registry::Service& registry);

}  // namespace gyre::mlflow
