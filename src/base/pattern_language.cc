#include "base/pattern_language.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gyre {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }  // of a character of UTF-8
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::optional<PatternTrouble> PatternLanguage::trouble() {
  if (text_.size() > Pattern::kMaxBytes) return fail(fmt::format("it has more than {} bytes", Pattern::kMaxBytes));
  if (const auto zero = text_.find('\0'); zero != text_.npos) return PatternTrouble{zero, "it holds a zero byte"};
  if (next_is("(?i)")) pass(4, Before::nothing);
  while (at_ < text_.size()) {
    if (auto found = step()) return found;
  }
  return std::nullopt;
}

PatternLanguage::Found PatternLanguage::step() {
  switch (text_[at_]) {
    case '(':
      return open();
    case ')':
      return close();
    case '[':
      return set();
    case '\\':
      return escape(false);
    case '*':
    case '+':
    case '?':
      return quantifier(1);
    case '{':
      return braces();
    case '^':
    case '$':
    case '|':
      pass(1, Before::nothing);
      return std::nullopt;
    default:
      atom_ = 0;
      pass(1, Before::atom);
      return std::nullopt;
  }
}

PatternLanguage::Found PatternLanguage::open() {
  if (next_is("(?") && !next_is("(?:")) return fail("only (?: ) is known of (? here: no look-around, no names; (?i) stands at the beginning");
  groups_.push_back(0);
  pass(next_is("(?:") ? 3 : 1, Before::nothing);
  return std::nullopt;
}

PatternLanguage::Found PatternLanguage::close() {
  if (groups_.size() == 1) return fail("this bracket was not opened");
  atom_ = groups_.back();
  groups_.pop_back();
  groups_.back() = std::max(groups_.back(), atom_);
  pass(1, Before::atom);
  return std::nullopt;
}

PatternLanguage::Found PatternLanguage::escape(bool in_set) {
  const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c == '\0') return fail("a backslash stands at the end");
  if (is_digit(c)) return fail("there are no back-references here: they may take for ever");
  const std::string_view known = in_set ? "dsw" : "dswDSW";
  if (is_letter(c) && !known.contains(c)) return fail(fmt::format("\\{} is not known here, only a backslash before {} or a sign", c, fmt::join(known, ", ")));
  if (static_cast<unsigned char>(c) >= 0x80) return fail("a backslash stands before a sign");
  atom_ = 0;
  pass(2, Before::atom);
  return std::nullopt;
}

// [...], in which - stands first, last or between two signs.
PatternLanguage::Found PatternLanguage::set() {
  const auto begun = at_;
  at_ += next_is("[^") ? 2 : 1;
  for (bool first = true; at_ < text_.size() && (first || text_[at_] != ']'); first = false) {
    bool is_class = false;
    if (auto found = member(is_class)) return found;
    if (!next_is("-") || next_is("-]")) continue;
    if (is_class) return fail("a range has a sign at each end");
    ++at_;
    if (auto found = member(is_class)) return found;
    if (is_class || (next_is("-") && !next_is("-]"))) return fail("a - stands first or last between [ and ], or between two signs");
  }
  if (at_ >= text_.size()) return PatternTrouble{begun, "this [ has no ]"};
  atom_ = 0;
  pass(1, Before::atom);
  return std::nullopt;
}

// A sign, or a class of them; at the end of the text nothing.
PatternLanguage::Found PatternLanguage::member(bool& is_class) {
  if (next_is("[.") || next_is("[=")) return fail("[. .] and [= =] are not known here");
  if (next_is("[:^")) return fail("[:^ :] is not known here: [^[: :]] is");
  if (next_is("[:")) {
    const auto end = text_.find(":]", at_ + 2);
    if (end == text_.npos) return fail("this [: has no :]");
    at_ = end + 2;
    is_class = true;
  } else if (next_is("\\")) {
    is_class = at_ + 1 < text_.size() && is_letter(text_[at_ + 1]);
    return escape(true);
  } else if (at_ < text_.size()) {
    for (++at_; at_ < text_.size() && is_continuation(text_[at_]); ++at_) continue;
  }
  return std::nullopt;
}

PatternLanguage::Found PatternLanguage::quantifier(std::size_t size) {
  if (before_ == Before::nothing) return fail("there is nothing before it that could be repeated");
  if (before_ == Before::quantifier && text_[at_] == '?') {
    pass(1, Before::lazy);
    return std::nullopt;
  }
  if (before_ != Before::atom) return fail("a repetition is repeated: put the first in brackets");
  if (++atom_ > Pattern::kMaxNested) return fail(fmt::format("repetitions stand more than {} deep in one another", Pattern::kMaxNested));
  groups_.back() = std::max(groups_.back(), atom_);
  pass(size, Before::quantifier);
  return std::nullopt;
}

// "{2}", "{2,}", "{2,5}".
PatternLanguage::Found PatternLanguage::braces() {
  auto end = at_ + 1;
  for (int counts = 0; counts < 2; ++counts) {
    unsigned count = 0;
    const auto [rest, error] = std::from_chars(text_.data() + end, text_.data() + text_.size(), count);
    if (error == std::errc::result_out_of_range || count > Pattern::kMaxRepeats) return fail(fmt::format("a count is at most {}", Pattern::kMaxRepeats));
    if (error != std::errc() && counts == 0) return fail("a { stands before a count; as a sign it is \\{");
    end = static_cast<std::size_t>(rest - text_.data());
    if (counts == 1 || end == text_.size() || text_[end] != ',') break;
    ++end;
  }
  if (end == text_.size() || text_[end] != '}') return fail("this { has no }");
  return quantifier(end + 1 - at_);
}

}  // namespace gyre
