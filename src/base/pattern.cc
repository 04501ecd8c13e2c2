#include "base/pattern.h"

#include <re2/re2.h>

#include "base/pattern_language.h"

namespace gyre {
namespace {

constexpr std::int64_t kMaxMemoryBytes = 2 << 20;

re2::RE2::Options options() {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_dot_nl(true);
  options.set_never_capture(true);
  options.set_max_mem(kMaxMemoryBytes);
  return options;
}

PatternTrouble trouble_of(const re2::RE2& compiled, std::string_view text) {
  const auto at = text.find(compiled.error_arg());
  return {at == std::string_view::npos ? 0 : at, compiled.error()};
}

}  // namespace

Pattern::Pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

std::expected<Pattern, PatternTrouble> Pattern::compile(std::string_view text) {
  if (auto trouble = PatternLanguage(text).trouble()) return std::unexpected(std::move(*trouble));
  auto compiled = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options());
  if (!compiled->ok()) return std::unexpected(trouble_of(*compiled, text));
  if (compiled->ProgramSize() > kMaxSteps) return std::unexpected(PatternTrouble{0, "it repeats too much: ask for fewer or shorter repetitions"});
  return Pattern(std::move(compiled));
}

bool Pattern::found_in(std::string_view text) const { return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_); }

}  // namespace gyre
