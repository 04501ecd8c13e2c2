// What a list shows of a call's request and response. Inside traces/ only.
#pragma once

#include "base/json.h"

namespace gyre::traces {

// The last message of `role` where the text is a chat's, else the text; cut to what is kept.
std::string preview_of(std::string_view text, std::string_view role);

}  // namespace gyre::traces
