// Identifiers that the compiler tells apart.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace gyre {

// A name or an identifier of one kind of thing; `Tag` keeps kinds apart.
template <class Tag>
struct Id {
  std::string value;
  friend auto operator<=>(const Id&, const Id&) = default;
};

// 128 bits, time-ordered (UUIDv7's layout: 48 bits of milliseconds, then random), as 26 characters of lower-case
// base 32 (Crockford's alphabet), behind a prefix that tells the kind: "run_01h455vb4pex5vsknk084sn02q". Thread-safe.
std::string make_id(std::string_view prefix);

// 32 lower-case hexadecimal digits of randomness, the shape of MLflow's run ids. Thread-safe.
std::string make_hex_id();

}  // namespace gyre

template <class Tag>
struct std::hash<gyre::Id<Tag>> {
  std::size_t operator()(const gyre::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
