// References in requests, and URNs of the graph as links.
#pragma once

#include "api/rest/links.h"
#include "api/rest/routes.h"

namespace gyre::rest {

// "repo@ref/path"; an empty ref means main.
std::string ref_of(std::string_view repo, std::string_view ref, std::string_view path);

// The URN that a ref of the command line stands for: "flights-late@3", "flights@4be1c07", "endpoint:flights-late",
// "run:<id or name>", or a URN itself. `not_found` when nothing is called so.
Result<std::string> urn_of(const Rooms& rooms, std::string_view ref);

// "gyre:default:<kind>:<id>" taken apart; empty parts where it is none.
struct Urn {
  std::string kind, id;
};
Urn parse_urn(std::string_view urn);

// The page of what a URN names. `node` may be null: then it is made of the URN alone.
Link link_of(std::string_view urn, const governance::Node* node = nullptr);

}  // namespace gyre::rest
