// JSON: what is read is written and read again as the same; what is refused is refused with its place.
#include "base/json_trouble.h"
#include "fuzz/fuzz.h"

using namespace gyre;

namespace {

// What cannot be told by a place: too deep, and numbers that no double holds.
bool is_placeless(std::string_view message) { return message.contains("nested deeper") || message.contains("too large") || !message.contains("line "); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto value = json::parse(text);
  const auto trouble = json::find_trouble(text);
  if (!value) {
    fuzz::require(value.error().code == Code::invalid, "a refused text is the caller's mistake", value.error().message);
    fuzz::require(trouble || is_placeless(value.error().message), "a refusal tells its place", value.error().message);
    return 0;
  }
  fuzz::require(!trouble, "what the parser takes has no trouble", trouble ? trouble->what : "");
  const auto written = json::to_text(*value);
  const auto again = json::parse(written);
  fuzz::require(again.has_value(), "what is written can be read", written);
  fuzz::require(json::to_text(*again) == written, "what is written stays the same", written);
  return 0;
}
