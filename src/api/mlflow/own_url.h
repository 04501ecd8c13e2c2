// How a client names this server: by what its request says, since a proxy may stand between.
#pragma once

#include "net/message.h"

namespace gyre::mlflow {

// `path`, which begins with "/", as the client must name it: behind `prefix` (--static-prefix) and what a proxy says that it takes away.
std::string own_path(const net::Request& request, std::string_view prefix, std::string_view path);
// The same with scheme and host, for clients that take nothing shorter.
std::string own_url(const net::Request& request, std::string_view prefix, std::string_view path);

}  // namespace gyre::mlflow
