// Identifiers that are made here.
#pragma once

#include <string>
#include <string_view>

namespace gyre {

// 128 bits, time-ordered (UUIDv7's layout: 48 bits of milliseconds, then random), as 26 characters of lower-case
// base 32 (Crockford's alphabet), behind a prefix that tells the kind: "run_01h455vb4pex5vsknk084sn02q". Thread-safe.
std::string make_id(std::string_view prefix);

// 32 lower-case hexadecimal digits of randomness, the shape of MLflow's run ids. Thread-safe.
std::string make_hex_id();
// Whether the text has that shape.
bool is_hex_id(std::string_view text);

}  // namespace gyre
