// Regular expressions of filters on texts: what compiles ends soon, and trouble has a place.
#include "base/pattern.h"
#include "fuzz/fuzz.h"

using namespace gyre;

// An expression; a text behind the first line's end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto end = text.find('\n');
  const auto expression = text.substr(0, end), searched = end == std::string_view::npos ? "" : text.substr(end + 1);
  const auto compiled = Pattern::compile(expression);
  if (!compiled)
    fuzz::require(compiled.error().at <= expression.size() && !compiled.error().what.empty(), "trouble has a place and words", compiled.error().what);
  if (compiled && compiled->found_in(searched)) {
    const auto choice = Pattern::compile("(" + std::string(expression) + ")|x");
    if (choice) fuzz::require(choice->found_in(searched), "what is found is found as one of two", std::string(expression));
  }
  return 0;
}
