// A move from a source to a destination: ids are matched, files follow, and what arrived is compared with what left.
#pragma once

#include "exchange/destination.h"
#include "exchange/source.h"

namespace gyre::exchange {

struct Line {
  std::int64_t found = 0;  // at the source, but for what was left there
  tracking::Taken taken;
  Digest there, here;  // of what was found, and of the same at the destination
};

struct Left {
  std::string what, why;
  std::int64_t count = 0;
};

struct Report {
  std::array<Line, kKinds> lines;
  std::vector<Left> left;
  std::vector<tracking::Difference> differences;  // the first kMaxDifferences
  std::vector<tracking::Difference> matched;      // experiments that have another id at the destination
  std::int64_t file_bytes = 0;

  Line& operator[](Kind kind) { return lines[static_cast<std::size_t>(kind)]; }
  // All that was found is at the destination, value by value.
  bool is_whole() const;
};

// Called now and then, on a thread of the move's.
using Watcher = std::function<void(const Report& so_far)>;

// Reads on the calling thread and sends on one of its own, so that both sides work at once. What had arrived before an error stays, and is found
// there when the same move is made again.
Result<Report> move_all(Source& source, Destination& destination, const Watcher& watcher);

}  // namespace gyre::exchange
