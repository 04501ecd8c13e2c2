// Bytes that clients stored, given back: in this server's origin they run nothing and load nothing, whatever they are and however a
// browser is led to them. Shown by a page as a picture, they are shown all the same.
#pragma once

#include "net/message.h"

namespace gyre::net {

inline void keep_inert(Headers& headers) {
  headers.emplace("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:");
}

}  // namespace gyre::net
