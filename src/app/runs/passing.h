// Output of a command: on to where it was meant for, and into the run's folder.
#pragma once

#include "app/runs/child.h"
#include "app/runs/run_folder.h"

namespace gyre::runs {

// Bytes of one stream as valid UTF-8: a character that is cut between two reads waits for its rest, what is none becomes U+FFFD.
class Utf8Stream {
 public:
  std::string feed(std::string_view bytes);
  std::string finish();  // what still waits

 private:
  std::string waiting_;
};

// Reads, passes on and records until the command has ended and its output with it; signals that are meant for it are sent on. Trouble with
// the folder never reaches the command: it is kept for the end.
class Passing {
 public:
  Passing(Child& child, const Fd& signals, RunFolder& folder) : child_(child), signals_(signals), folder_(folder) {}
  Ending until_end();

  std::int64_t bytes() const { return bytes_; }
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  static constexpr std::size_t kReadBytes = 64 << 10;
  static constexpr int kLingerMs = 2000;  // for output of what the command left behind

  void take_signals();
  // False at the end of the stream.
  bool pass(Channel& channel, int to, Output output, Utf8Stream& text);
  void record(Output output, std::string_view text);

  Child& child_;
  const Fd& signals_;
  RunFolder& folder_;
  Utf8Stream out_, err_;
  std::string buffer_ = std::string(kReadBytes, '\0');
  std::int64_t bytes_ = 0;
  std::optional<Error> trouble_;
};

}  // namespace gyre::runs
