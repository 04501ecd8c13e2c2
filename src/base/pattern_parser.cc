#include "base/pattern_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.h"

namespace gyre {
namespace {

using Kind = PatternNode::Kind;

struct Class {
  std::string_view name;
  std::vector<std::pair<char, char>> ranges;
};

const Class kClasses[] = {
    {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
    {"blank", {{' ', ' '}, {'\t', '\t'}}},
    {"cntrl", {{'\0', '\x1f'}, {'\x7f', '\x7f'}}},
    {"digit", {{'0', '9'}}},
    {"graph", {{'!', '~'}}},
    {"lower", {{'a', 'z'}}},
    {"print", {{' ', '~'}}},
    {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {"space", {{'\t', '\r'}, {' ', ' '}}},
    {"upper", {{'A', 'Z'}}},
    {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
};

constexpr auto kNoBackslash = "a backslash is not supported, and so no back-reference and no \\d: write [0-9] for \\d, [.] for \\.";

}  // namespace

char32_t take_character(std::string_view& text) {
  const auto length = utf8_length(text);
  const auto first = static_cast<unsigned char>(text.front());
  char32_t c = length < 2 ? first : first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
  if (length == 0) c = 0xfffd;
  text.remove_prefix(std::max<std::size_t>(length, 1));
  return c;
}

std::nullptr_t PatternParser::fail_at(std::size_t at, std::string what) {
  if (trouble_.what.empty()) trouble_ = {at, std::move(what)};
  return nullptr;
}

bool PatternParser::refuse(std::size_t at, std::string what) {
  fail_at(at, std::move(what));
  return false;
}

bool PatternParser::take(char c) {
  if (!next_is(c)) return false;
  ++at_;
  return true;
}

PatternParser::Found PatternParser::make(PatternNode node) {
  for (const auto* part : node.parts) node.nested = std::max(node.nested, part->nested);
  if (node.kind == Kind::repeat) ++node.nested;
  return &nodes_.emplace_back(std::move(node));
}

char32_t PatternParser::take_character() {
  auto rest = text_.substr(at_);
  const auto c = gyre::take_character(rest);
  at_ = text_.size() - rest.size();
  return c;
}

const PatternNode* PatternParser::parse() {
  if (text_.size() > Pattern::kMaxBytes) return fail_at(Pattern::kMaxBytes, fmt::format("a regular expression has at most {} bytes", Pattern::kMaxBytes));
  if (const auto nul = text_.find('\0'); nul != std::string_view::npos) return fail_at(nul, "a zero byte is in no text");
  const auto* all = choice(0);
  if (all && !done()) return fail_at(at_, "')' closes nothing; [)] is the sign itself");
  return all;
}

PatternParser::Found PatternParser::choice(std::size_t depth) {
  if (depth > Pattern::kMaxDepth) return fail_at(at_, fmt::format("brackets stand in one another, more than {} deep", Pattern::kMaxDepth));
  PatternNode node{.kind = Kind::choice};
  do {
    const auto* one = row(depth);
    if (!one) return nullptr;
    node.parts.push_back(one);
  } while (take('|'));
  return node.parts.size() == 1 ? node.parts.front() : make(std::move(node));
}

PatternParser::Found PatternParser::row(std::size_t depth) {
  PatternNode node{.kind = Kind::row};
  while (!done() && !next_is('|') && !next_is(')')) {
    const auto* one = piece(depth);
    if (!one) return nullptr;
    node.parts.push_back(one);
  }
  return make(std::move(node));
}

PatternParser::Found PatternParser::piece(std::size_t depth) {
  const auto* one = atom(depth);
  if (!one || done() || !std::string_view("*+?{").contains(text_[at_])) return one;
  if (one->kind == Kind::begin || one->kind == Kind::end) return fail_at(at_, "^ and $ cannot be repeated");
  one = repeated(one);
  if (one && !done() && std::string_view("*+?{").contains(text_[at_]))
    return fail_at(at_, "a repetition cannot be repeated (nor be made shy by ?) but in brackets: (a+)*");
  return one;
}

PatternParser::Found PatternParser::atom(std::size_t depth) {
  const auto at = at_;
  if (take('(')) return group(depth);
  if (take('[')) return brackets();
  if (take('^')) return make({.kind = Kind::begin});
  if (take('$')) return make({.kind = Kind::end});
  if (take('.')) return make({.kind = Kind::any});
  if (next_is('\\')) return fail_at(at, kNoBackslash);
  if (std::string_view("*+?{").contains(text_[at]))
    return fail_at(at, fmt::format("nothing stands before '{0}' that it could repeat; [{0}] is the sign itself", text_[at]));
  return make({.kind = Kind::character, .character = take_character()});
}

PatternParser::Found PatternParser::group(std::size_t depth) {
  const auto at = at_ - 1;
  if (next_is('?')) return fail_at(at, "(?...) is not supported: no look-around, no names, no flags");
  const auto* inner = choice(depth + 1);
  if (!inner) return nullptr;
  return take(')') ? inner : fail_at(at, "this '(' is not closed; [(] is the sign itself");
}

std::optional<int> PatternParser::number() {
  int n = 0;
  const auto* begin = text_.data() + at_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), n);
  if (error != std::errc() || n < 0 || n > Pattern::kMaxRepeats) return std::nullopt;
  at_ += static_cast<std::size_t>(end - begin);
  return n;
}

PatternParser::Found PatternParser::repeated(Found atom) {
  const auto at = at_;
  if (atom->nested == Pattern::kMaxNested) return fail_at(at, fmt::format("repetitions stand in one another, more than {} deep", Pattern::kMaxNested));
  PatternNode node{.kind = Kind::repeat, .parts = {atom}, .least = 0, .most = -1};
  if (take('*')) return make(std::move(node));
  if (take('+'))
    node.least = 1;
  else if (take('?'))
    node.most = 1;
  else {
    ++at_;
    const auto least = number();
    auto most = least;
    if (least && take(',')) most = next_is('}') ? std::optional(-1) : number();
    if (!least || !most || (*most >= 0 && *most < *least) || !take('}'))
      return fail_at(at, fmt::format("a repetition is {{2}}, {{2,}} or {{2,5}}, of at most {}; [{{] is the sign itself", Pattern::kMaxRepeats));
    node.least = *least, node.most = *most;
  }
  return make(std::move(node));
}

PatternParser::Found PatternParser::brackets() {
  const auto at = at_ - 1;
  PatternNode node{.kind = Kind::set};
  node.set.negated = take('^');
  for (bool first = true; first || !next_is(']'); first = false) {
    if (done()) return fail_at(at, "this '[' is not closed");
    if (!bracket_item(node.set, first)) return nullptr;
  }
  ++at_;
  return make(std::move(node));
}

bool PatternParser::bracket_item(Pattern::Set& set, bool first) {
  const auto at = at_;
  if (next_is("[:")) return named_class(set);
  if (next_is('-') && !first && !next_is("-]")) return refuse(at, "a '-' of its own stands first or last within [ ]");
  const auto from = bracket_character();
  if (!from) return false;
  auto to = from;
  if (next_is('-') && !next_is("-]") && *from != '-') {
    ++at_;
    if (done()) return true;  // the bracket is not closed
    to = bracket_character();
    if (!to) return false;
  }
  if (*to < *from) return refuse(at, "this range ends before it begins");
  set.add(*from, *to);
  return true;
}

std::optional<char32_t> PatternParser::bracket_character() {
  if (next_is('\\'))
    fail_at(at_, kNoBackslash);
  else if (next_is("[.") || next_is("[=") || next_is("[:"))
    fail_at(at_, "[.x.] and [=x=] are not supported, and no range ends with a class");
  else
    return take_character();
  return std::nullopt;
}

bool PatternParser::named_class(Pattern::Set& set) {
  for (const auto& [name, ranges] : kClasses) {
    if (!next_is(fmt::format("[:{}:]", name))) continue;
    at_ += name.size() + 4;
    for (const auto& [from, to] : ranges) set.add(static_cast<char32_t>(from), static_cast<char32_t>(to));
    return true;
  }
  return refuse(at_, "this is no class: [:alnum:] alpha blank cntrl digit graph lower print punct space upper xdigit");
}

}  // namespace gyre
