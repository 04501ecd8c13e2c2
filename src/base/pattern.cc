#include "base/pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/pattern_parser.h"

namespace gyre {
namespace {

using Kind = Pattern::Step::Kind;

// The steps that the text may have come to, each once, in the order in which they were added.
class Places {
 public:
  explicit Places(std::size_t steps) : at_(steps, false) {}
  bool add(std::uint32_t step) {
    if (at_[step]) return false;
    at_[step] = true;
    all_.push_back(step);
    return true;
  }
  void clear() {
    for (const auto step : all_) at_[step] = false;
    all_.clear();
  }
  const std::vector<std::uint32_t>& all() const { return all_; }

 private:
  std::vector<bool> at_;
  std::vector<std::uint32_t> all_;
};

// Adds a step and all that follow it without a character. Whether the end was found.
bool reach(const std::vector<Pattern::Step>& steps, std::uint32_t from, bool begin, bool end, Places& places, std::vector<std::uint32_t>& open) {
  open.assign(1, from);
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    if (!places.add(at)) continue;
    const auto& step = steps[at];
    switch (step.kind) {
      case Kind::found:
        return true;
      case Kind::fork:
        open.push_back(step.to);
        open.push_back(at + 1);
        break;
      case Kind::jump:
        open.push_back(step.to);
        break;
      case Kind::begin:
        if (begin) open.push_back(at + 1);
        break;
      case Kind::end:
        if (end) open.push_back(at + 1);
        break;
      default:
        break;
    }
  }
  return false;
}

}  // namespace

// Writes the steps of a tree; a part that is repeated is written as often as it must and may come.
class PatternWriter {
 public:
  explicit PatternWriter(Pattern& pattern) : pattern_(pattern) {}
  // False: there are too many. What writes no step, such as () again and again, counts too.
  bool write(const PatternNode& node) {
    if (++written_ > 8 * Pattern::kMaxSteps) return false;
    switch (node.kind) {
      case PatternNode::Kind::character:
        return add({.kind = Kind::character, .to = 0, .character = node.character});
      case PatternNode::Kind::any:
        return add({.kind = Kind::any});
      case PatternNode::Kind::set:
        pattern_.sets_.push_back(node.set);
        return add({.kind = Kind::set, .to = static_cast<std::uint32_t>(pattern_.sets_.size() - 1)});
      case PatternNode::Kind::begin:
        return add({.kind = Kind::begin});
      case PatternNode::Kind::end:
        return add({.kind = Kind::end});
      case PatternNode::Kind::row:
        return std::ranges::all_of(node.parts, [&](const auto* part) { return write(*part); });
      case PatternNode::Kind::choice:
        return choice(node);
      case PatternNode::Kind::repeat:
        return repeat(node);
    }
    std::unreachable();
  }
  bool add(Pattern::Step step) {
    pattern_.steps_.push_back(step);
    return pattern_.steps_.size() <= Pattern::kMaxSteps;
  }

 private:
  std::uint32_t here() const { return static_cast<std::uint32_t>(pattern_.steps_.size()); }

  bool choice(const PatternNode& node) {
    std::vector<std::uint32_t> ends;
    for (std::size_t i = 0; i + 1 < node.parts.size(); ++i) {
      const auto fork = here();
      if (!add({.kind = Kind::fork}) || !write(*node.parts[i])) return false;
      ends.push_back(here());
      if (!add({.kind = Kind::jump})) return false;
      pattern_.steps_[fork].to = here();
    }
    if (!write(*node.parts.back())) return false;
    for (const auto end : ends) pattern_.steps_[end].to = here();
    return true;
  }

  bool repeat(const PatternNode& node) {
    auto last = here();
    for (int i = 0; i < node.least; ++i) {
      last = here();
      if (!write(*node.parts.front())) return false;
    }
    if (node.most < 0 && node.least > 0) return add({.kind = Kind::fork, .to = last});
    if (node.most < 0) {
      const auto fork = here();
      if (!add({.kind = Kind::fork}) || !write(*node.parts.front()) || !add({.kind = Kind::jump, .to = fork})) return false;
      pattern_.steps_[fork].to = here();
      return true;
    }
    std::vector<std::uint32_t> forks;
    for (int i = node.least; i < node.most; ++i) {
      forks.push_back(here());
      if (!add({.kind = Kind::fork}) || !write(*node.parts.front())) return false;
    }
    for (const auto fork : forks) pattern_.steps_[fork].to = here();
    return true;
  }

  Pattern& pattern_;
  std::size_t written_ = 0;
};

void Pattern::Set::add(char32_t from, char32_t to) {
  for (auto c = from; c <= to && c < 128; ++c) ascii[c / 64] |= std::uint64_t{1} << (c % 64);
  if (to >= 128) ranges.emplace_back(std::max<char32_t>(from, 128), to);
}

bool Pattern::Set::has(char32_t c) const {
  const bool in =
      c < 128 ? (ascii[c / 64] >> (c % 64) & 1) != 0 : std::ranges::any_of(ranges, [&](const auto& range) { return range.first <= c && c <= range.second; });
  return in != negated;
}

std::expected<Pattern, PatternTrouble> Pattern::compile(std::string_view text) {
  PatternParser parser(text);
  const auto* tree = parser.parse();
  if (!tree) return std::unexpected(parser.trouble());
  Pattern pattern;
  PatternWriter writer(pattern);
  if (!writer.write(*tree) || !writer.add({.kind = Kind::found}))
    return std::unexpected(
        PatternTrouble{0, fmt::format("this regular expression has more than {} steps, counting what is repeated as often as it is", kMaxSteps)});
  return pattern;
}

bool Pattern::found_in(std::string_view text) const {
  Places now(steps_.size()), then(steps_.size());
  std::vector<std::uint32_t> open;
  if (reach(steps_, 0, true, text.empty(), now, open)) return true;
  while (!text.empty()) {
    const auto c = take_character(text);
    for (const auto at : now.all()) {
      const auto& step = steps_[at];
      const bool goes_on = step.kind == Kind::any || (step.kind == Kind::character && step.character == c) || (step.kind == Kind::set && sets_[step.to].has(c));
      if (goes_on && reach(steps_, at + 1, false, text.empty(), then, open)) return true;
    }
    if (reach(steps_, 0, false, text.empty(), then, open)) return true;
    std::swap(now, then);
    then.clear();
  }
  return false;
}

}  // namespace gyre
