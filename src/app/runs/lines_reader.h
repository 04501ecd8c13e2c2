// Reads numbered files of lines, also while they are written.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/json.h"

namespace gyre::runs {

// How much is handed out at once.
struct BatchLimits {
  std::size_t bytes = 3 << 20;
  std::size_t lines = 5000;
  std::size_t members = 40'000;  // about: what the lines' objects hold in all
};

// Not thread-safe. A last line without a newline is not there yet, or never will be.
class LinesReader {
 public:
  // `counter`: the member that numbers the lines, "n" or "offset".
  LinesReader(std::filesystem::path folder, std::string prefix, std::string counter)
      : folder_(std::move(folder)), prefix_(std::move(prefix)), counter_(std::move(counter)) {}

  // Goes to the last line whose number is `wanted` at most, or to the first line where there is none.
  Result<void> seek(std::int64_t wanted);

  struct Batch {
    std::int64_t first = 0;               // the number of its first line
    std::vector<std::string_view> lines;  // without newlines; they live until the next call
  };
  // The lines behind those that were accepted; none: that is all for now.
  Result<Batch> peek(const BatchLimits& limits = {});
  // Those of the last peek() are done with.
  void accept();

  // The file and place of the last peek's first line, for messages.
  std::string place() const;

 private:
  Result<std::vector<int>> segments() const;
  Result<bool> open(int number);
  Result<bool> open_next();
  // Lines from `at` on into buffer_; how many bytes of whole lines there are.
  Result<std::size_t> fill(std::size_t most);
  Result<std::int64_t> number_of(std::string_view line) const;

  const std::filesystem::path folder_;
  const std::string prefix_, counter_;
  int number_ = 0;  // of the segment that is open; 0: none yet
  Fd fd_;
  std::int64_t at_ = 0;  // in it
  std::int64_t peeked_ = 0;
  std::string buffer_;
};

}  // namespace gyre::runs
