// Counts and hashes of what records say, by kind. They do not depend on the order in which things are told: each item's hash is added up, in two words
// of 64 bits. Not against those who mean harm; two different sets of values have the same one by chance of 2^-128.
#pragma once

#include <array>

#include "exchange/records.h"

namespace gyre::exchange {

struct Digest {
  std::uint64_t items = 0, low = 0, high = 0;
  void add(const Digest& other);
  friend bool operator==(const Digest&, const Digest&) = default;
};

struct Digests {
  std::array<Digest, kKinds> kinds;
  Digest& operator[](Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }
  const Digest& operator[](Kind kind) const { return kinds[static_cast<std::size_t>(kind)]; }
  void add(const Digests& other);
};

void add(Digests& sum, const Experiment& experiment);
void add(Digests& sum, const Run& run);  // without points
void add_points(Digests& sum, std::string_view run_id, std::string_view key, std::span<const tracking::AdoptedPoint> points);
void add(Digests& sum, const LoggedModel& model);
void add(Digests& sum, const Model& model);
void add(Digests& sum, const Version& version);
void add(Digests& sum, const Aliases& aliases);
void add(Digests& sum, const Trace& trace);
void add_file(Digests& sum, std::string_view uri, std::int64_t size_bytes, std::string_view sha256);

// 32 hexadecimal digits.
std::string text_of(const Digest& digest);

}  // namespace gyre::exchange
