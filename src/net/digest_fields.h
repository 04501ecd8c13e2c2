// What a request says that its body's digest is: Content-Digest and Repr-Digest (RFC 9530), Content-MD5 (RFC 1864).
#pragma once

#include "base/digest.h"
#include "net/message.h"

namespace gyre::net {

// Algorithms that are not known here are passed over, as RFC 9530 has it. `invalid` where one of a known algorithm cannot be read.
Result<std::vector<AnnouncedDigest>> announced_digests(const Request& request);
// Those of one field: a PATCH's Content-Digest is about its own bytes alone.
Result<std::vector<AnnouncedDigest>> announced_digests(const Request& request, std::string_view field);

// "sha-256=:...:", for an answer, from hexadecimal digits.
std::string sha256_field(std::string_view sha256_hex);

}  // namespace gyre::net
