// Regular expressions in time and memory that are bounded by their size and that of the text, whatever either holds.
//
// The language is that of POSIX's extended ones, found anywhere in the text, of which is left what backtracks or what servers of
// databases read differently: no backslashes (so no back-references), no (?...), no repetition of a repetition. A text is read by
// character. Each step of the expression is looked at once a character: (a+)+$ costs what a+$ costs.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre {

struct PatternTrouble {
  std::size_t at = 0;  // the byte that it begins with
  std::string what;
};

class Pattern {
 public:
  static constexpr std::size_t kMaxBytes = 256, kMaxSteps = 250, kMaxDepth = 32;
  static constexpr int kMaxRepeats = 255, kMaxNested = 4;  // a database's own engine doubles with each repetition of a repetition

  static std::expected<Pattern, PatternTrouble> compile(std::string_view text);

  bool found_in(std::string_view text) const;

  // Characters; those of ASCII by bits, others by ranges.
  struct Set {
    std::array<std::uint64_t, 2> ascii = {};
    std::vector<std::pair<char32_t, char32_t>> ranges = {};
    bool negated = false;

    void add(char32_t from, char32_t to);
    bool has(char32_t c) const;
  };
  struct Step {
    enum class Kind { character, any, set, fork, jump, begin, end, found };
    Kind kind;
    std::uint32_t to = 0;  // of fork and jump; the index of a set
    char32_t character = 0;
  };

 private:
  friend class PatternWriter;
  std::vector<Step> steps_;
  std::vector<Set> sets_;
};

}  // namespace gyre
