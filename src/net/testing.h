// Handlers that several tests of this folder serve.
#pragma once

#include <string>

#include "net/router.h"

namespace gyre::net {

// Reads a streamed body through and answers with the number of its bytes.
inline Result<Response> count_body(const Request& request) {
  std::size_t total = 0;
  for (;;) {
    const auto block = TRY(request.stream->read());
    if (block.empty()) return text_response(std::to_string(total));
    total += block.size();
  }
}

}  // namespace gyre::net
