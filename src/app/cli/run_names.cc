// Names that a run's new files may have. The server undoes percent signs until none is left, so that two names here can be one there;
// others it cannot keep at all. It would say so half-way through a folder, and of some not at all.
#include <fmt/format.h>

#include <cctype>

#include "app/cli/run_files.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kSegmentBytes = 255, kPathBytes = 512;  // as the server keeps them
constexpr std::string_view kKept = "artifacts/";              // in front of a path at the server

// Few characters are kept as they are, the others as three.
std::size_t kept_bytes(std::string_view text) {
  std::size_t bytes = 0;
  for (const char c : text) bytes += std::isalnum(static_cast<unsigned char>(c)) || std::string_view("._@+-/").contains(c) ? 1 : 3;
  return bytes;
}

// "%20", where the server takes that for another character. What stands for a control character comes back as it went: gyre run get
// writes those so.
std::string_view percent_code(std::string_view path) {
  const auto digit = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  for (std::size_t i = 0; i + 2 < path.size(); ++i) {
    if (path[i] != '%' || !digit(path[i + 1]) || !digit(path[i + 2])) continue;
    const auto code = path.substr(i, 3);
    const bool control = code == "%7f" || ((code[1] == '0' || code[1] == '1') && !std::isupper(static_cast<unsigned char>(code[2])) && code != "%00");
    if (!control) return code;
  }
  return {};
}

std::string why_not(const RunPlace& place, std::string_view path) {
  if (const auto code = percent_code(path); !code.empty()) return fmt::format("the server takes '{}' in it for another character", code);
  if (const auto at = path.find_first_of("#\\"); at != std::string_view::npos) return fmt::format("the server keeps no names with '{}'", path[at]);
  for (std::size_t from = 0; from < path.size();) {
    const auto end = std::min(path.find('/', from), path.size());
    if (kept_bytes(path.substr(from, end - from)) > kSegmentBytes)
      return fmt::format("a name is longer than {} bytes, where all but A-Z, a-z, 0-9 and ._@+- count three", kSegmentBytes);
    from = end + 1;
  }
  if (kKept.size() + kept_bytes(place.root) + 1 + kept_bytes(path) > kPathBytes)
    return fmt::format("with the run's folder it is longer than {} bytes, where all but A-Z, a-z, 0-9 and ._@+-/ count three", kPathBytes);
  return {};
}

}  // namespace

Result<void> check_new_path(const RunPlace& place, std::string_view path, std::string_view file) {
  TRY(check_path(path));
  const auto why = why_not(place, path);
  if (why.empty()) return {};
  return fail(Code::invalid, fmt::format("'{}' cannot become the run's file '{}'", file, path), why,
              "nothing was sent; rename it, or put it alone under another name: gyre run put RUN FILE PATH");
}

}  // namespace gyre::cli
