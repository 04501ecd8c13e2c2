// Errors as values: what every fallible function in the house returns.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace gyre {

// What the caller can do about a failure. Each protocol maps these to its own words in exactly one place.
enum class Code {
  invalid,          // mend the request, then send it again
  unauthenticated,  // say who you are
  denied,           // ask somebody with the right
  not_found,        // name something that exists
  conflict,         // read the present state, then decide again
  exhausted,        // slow down, or ask for less
  unavailable,      // try again later, unchanged
  cancelled,        // nothing: you asked for it
  internal,         // report it; the log has the detail
};

// The code's name as it stands in JSON and logs: "invalid", "not_found", ...
std::string_view to_string(Code code);

struct Error {
  Code code;
  std::string message;      // for the user: what is wrong; never a secret
  std::string detail = {};  // why, in the words of what failed below: for the log and, unless the code is `internal`, for whoever asks further; never a secret
  std::string fix = {};     // for the user: what to do about it, often a command
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Code code, std::string message, std::string detail = {}, std::string fix = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(detail), std::move(fix)});
}

// The same error, with where it happened put before its message.
std::unexpected<Error> within(std::string_view where, Error error);

}  // namespace gyre

// The value of a Result, or an early return with its error.
#define TRY(expression)                                 \
  ({                                                    \
    auto&& tried = (expression);                        \
    if (!tried) [[unlikely]]                            \
      return std::unexpected(std::move(tried).error()); \
    *std::move(tried);                                  \
  })
