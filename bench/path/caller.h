// A client as lean as one can be, on a kept-alive connection: it costs next to nothing beside the server that it measures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"

namespace gyre::bench {

// Used by one thread.
class Caller {
 public:
  static Result<Caller> connect(std::uint16_t port);
  // Sends and waits for the whole answer; fails on any status but 200.
  Result<void> call(std::string_view request);

 private:
  explicit Caller(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  std::string answer_;
};

// A POST of a JSON body, ready to be sent.
std::string post(std::string_view path, std::string_view body);

}  // namespace gyre::bench
