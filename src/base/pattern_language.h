// What of RE2's language Pattern takes. Inside base/ only.
#pragma once

#include <optional>
#include <vector>

#include "base/pattern.h"

namespace gyre {

// Looks for what PostgreSQL reads in another way, or takes for ever with. Whether the rest is an expression at all says RE2.
class PatternLanguage {
 public:
  explicit PatternLanguage(std::string_view text) : text_(text) {}
  std::optional<PatternTrouble> trouble();

 private:
  using Found = std::optional<PatternTrouble>;
  enum class Before { nothing, atom, quantifier, lazy };  // what a quantifier would stand behind

  Found step();
  Found open();
  Found close();
  Found escape(bool in_set);
  Found set();
  Found member(bool& is_class);
  Found quantifier(std::size_t size);
  Found braces();
  Found fail(std::string what) const { return PatternTrouble{at_, std::move(what)}; }
  bool next_is(std::string_view text) const { return text_.substr(at_).starts_with(text); }
  void pass(std::size_t bytes, Before before) { at_ += bytes, before_ = before; }

  const std::string_view text_;
  std::size_t at_ = 0;
  Before before_ = Before::nothing;
  int atom_ = 0;                // repetitions one in another, of the last atom
  std::vector<int> groups_{0};  // of each open bracket, and of the whole: its atoms' most
};

}  // namespace gyre
