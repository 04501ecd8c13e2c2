// Regular expressions in time that grows with the text and memory that is bounded, whatever either holds: RE2's, of which is left what
// PostgreSQL (its manual, section 9.7.3) reads in the same way and in bounded time too.
//
//   . [a-z] [^,] [[:digit:]] \d \w \s \D \W \S \. ^ $ (a|b) (?:a) * + ? {2,5} *? and (?i) at the beginning
//
// Found anywhere in the text; . is any character, also the end of a line. Beyond ASCII the two part: \w is of all letters in PostgreSQL, and
// \s has the vertical tab there.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace gyre {

struct PatternTrouble {
  std::size_t at = 0;  // the byte that it begins with
  std::string what;
};

// Thread-safe.
class Pattern {
 public:
  static constexpr std::size_t kMaxBytes = 256;
  static constexpr int kMaxSteps = 3000;  // of RE2's program: a text may cost as many for each of its characters
  static constexpr unsigned kMaxRepeats = 255;
  static constexpr int kMaxNested = 4;  // repetitions in one another: with each PostgreSQL's engine may take twice as long

  static std::expected<Pattern, PatternTrouble> compile(std::string_view text);

  bool found_in(std::string_view text) const;

  Pattern(Pattern&&) noexcept;
  ~Pattern();

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> compiled);
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace gyre
