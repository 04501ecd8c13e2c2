// What a row says of an object besides its name: how it stands, in one word and a few more.
#pragma once

#include "api/rest/refs.h"

namespace gyre::rest {

struct Description {
  std::string status = "none";  // the contract's Status
  std::string detail;
};

// Asks the room that the node is of; a node whose object is gone is described by the node alone.
Description describe(const Rooms& rooms, const governance::Node& node);

}  // namespace gyre::rest
