// One byte range of a request: RFC 9110, section 14.
#pragma once

#include "net/message.h"

namespace gyre::net {

struct ByteRange {
  std::int64_t first = 0, count = 0;
};

// Nothing: there is no (usable) Range header and the whole is meant. Fails with `invalid` (416) when it lies outside.
Result<std::optional<ByteRange>> requested_range(const Request& request, std::int64_t size_bytes);

// An answer with `write_range` giving the bytes: 206 with Content-Range for a range, 200 otherwise.
Result<Response> ranged_response(const Request& request, std::int64_t size_bytes, std::string content_type,
                                 std::function<Result<void>(ByteRange, ByteSink&)> write_range);

}  // namespace gyre::net
