#include "base/result.h"

namespace gyre {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::unauthenticated:
      return "unauthenticated";
    case Code::denied:
      return "denied";
    case Code::not_found:
      return "not_found";
    case Code::conflict:
      return "conflict";
    case Code::exhausted:
      return "exhausted";
    case Code::unavailable:
      return "unavailable";
    case Code::cancelled:
      return "cancelled";
    case Code::internal:
      return "internal";
  }
  std::unreachable();
}

std::unexpected<Error> within(std::string_view where, Error error) {
  error.message = std::string(where) + ": " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace gyre
