// How Pattern reads an expression. Inside base/ only.
#pragma once

#include <deque>
#include <optional>

#include "base/pattern.h"

namespace gyre {

struct PatternNode {
  enum class Kind { character, any, set, begin, end, row, choice, repeat };
  Kind kind;
  char32_t character = 0;
  Pattern::Set set = {};
  std::vector<const PatternNode*> parts = {};
  int least = 0, most = 0;  // of repeat; most -1: as often as it likes
  int nested = 0;           // repetitions that stand in one another
};

class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) {}
  // Lives as long as this. Nothing where there is trouble.
  const PatternNode* parse();
  const PatternTrouble& trouble() const { return trouble_; }

 private:
  using Found = const PatternNode*;
  Found choice(std::size_t depth);
  Found row(std::size_t depth);
  Found piece(std::size_t depth);
  Found atom(std::size_t depth);
  Found group(std::size_t depth);
  Found repeated(Found atom);
  Found brackets();
  bool bracket_item(Pattern::Set& set, bool first);
  bool named_class(Pattern::Set& set);
  std::optional<char32_t> bracket_character();
  std::optional<int> number();

  bool done() const { return at_ == text_.size(); }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool next_is(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool take(char c);
  char32_t take_character();
  Found make(PatternNode node);
  bool refuse(std::size_t at, std::string what);
  std::nullptr_t fail_at(std::size_t at, std::string what);

  std::string_view text_;
  std::size_t at_ = 0;
  std::deque<PatternNode> nodes_;
  PatternTrouble trouble_;
};

// The character at the front of a text that is not empty, taken off it; a byte that begins none counts as one.
char32_t take_character(std::string_view& text);

}  // namespace gyre
