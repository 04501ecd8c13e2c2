// gzip, both ways, and deflate as clients send it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::net {

std::string gzip(std::string_view bytes);
// Fails with `invalid` on damage and with `exhausted` when more than `limit_bytes` come out.
Result<std::string> gunzip(std::string_view bytes, std::size_t limit_bytes);
// The same of HTTP's deflate: in zlib's format, or without its header, as some clients send it.
Result<std::string> inflate_body(std::string_view bytes, std::size_t limit_bytes);

}  // namespace gyre::net
