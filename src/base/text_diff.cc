#include "base/text_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

namespace gyre {
namespace {

using Lines = std::vector<std::string_view>;  // with their ends

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

enum class Kind : char { same = ' ', removed = '-', added = '+' };

struct Edit {
  Kind kind;
  std::string_view line;
};

// Furthest points of all paths with `edits` edits, by diagonal; what the step before it had is kept to walk back along.
class Myers {
 public:
  Myers(std::span<const std::string_view> before, std::span<const std::string_view> after) : before_(before), after_(after) {}

  // False: there are more than kMaxDiffEdits edits.
  bool run() {
    const auto n = size(before_), m = size(after_);
    const auto most = std::min<std::int64_t>(n + m, kMaxDiffEdits);
    std::vector<std::int64_t> furthest(static_cast<std::size_t>(2 * most + 3), 0);
    const auto at = [&](std::int64_t diagonal) -> std::int64_t& { return furthest[static_cast<std::size_t>(diagonal + most + 1)]; };
    for (std::int64_t edits = 0; edits <= most; ++edits) {
      for (auto diagonal = -edits; diagonal <= edits; diagonal += 2) {
        auto x = goes_down(diagonal, edits, at) ? at(diagonal + 1) : at(diagonal - 1) + 1;
        while (x < n && x - diagonal < m && x - diagonal >= 0 && before_[place(x)] == after_[place(x - diagonal)]) ++x;
        at(diagonal) = x;
        if (x >= n && x - diagonal >= m) return keep(edits, at), true;
      }
      keep(edits, at);
    }
    return false;
  }

  std::vector<Edit> edits() const {
    std::vector<Edit> edits;
    auto x = size(before_), y = size(after_);
    for (auto step = static_cast<std::int64_t>(trace_.size()) - 1; step > 0; --step) {
      const auto at = [&](std::int64_t diagonal) -> std::int64_t { return trace_[place(step - 1)][place(diagonal + step - 1)]; };
      const auto diagonal = x - y;
      const auto from = goes_down(diagonal, step, at) ? diagonal + 1 : diagonal - 1;
      const auto from_x = at(from), from_y = from_x - from;
      for (; x > from_x && y > from_y; --x, --y) edits.push_back({Kind::same, before_[place(x - 1)]});
      edits.push_back(x == from_x ? Edit{Kind::added, after_[place(y - 1)]} : Edit{Kind::removed, before_[place(x - 1)]});
      x = from_x, y = from_y;
    }
    for (; x > 0; --x) edits.push_back({Kind::same, before_[place(x - 1)]});
    std::ranges::reverse(edits);
    return edits;
  }

 private:
  static std::int64_t size(std::span<const std::string_view> lines) { return static_cast<std::int64_t>(lines.size()); }
  static std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }

  // Whether the best path to a diagonal comes from the one above, by a line that was added.
  template <class At>
  static bool goes_down(std::int64_t diagonal, std::int64_t edits, At& at) {
    return diagonal == -edits || (diagonal != edits && at(diagonal - 1) < at(diagonal + 1));
  }
  template <class At>
  void keep(std::int64_t edits, At& at) {
    auto& row = trace_.emplace_back();
    for (auto diagonal = -edits; diagonal <= edits; ++diagonal) row.push_back(static_cast<std::int32_t>(at(diagonal)));
  }

  std::span<const std::string_view> before_, after_;
  std::vector<std::vector<std::int32_t>> trace_;
};

// All that is removed, then all that is added.
std::vector<Edit> coarse(std::span<const std::string_view> before, std::span<const std::string_view> after) {
  std::vector<Edit> edits;
  for (const auto line : before) edits.push_back({Kind::removed, line});
  for (const auto line : after) edits.push_back({Kind::added, line});
  return edits;
}

// Edits of the whole texts: a common beginning and end need no search.
std::vector<Edit> edits_of(const Lines& before, const Lines& after, TextDiff& diff) {
  const auto least = std::min(before.size(), after.size());
  std::size_t first = 0, last = 0;
  while (first < least && before[first] == after[first]) ++first;
  while (last < least - first && before[before.size() - 1 - last] == after[after.size() - 1 - last]) ++last;
  const auto middle_before = std::span(before).subspan(first, before.size() - first - last),
             middle_after = std::span(after).subspan(first, after.size() - first - last);
  Myers search(middle_before, middle_after);
  diff.is_coarse = !search.run();
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < first; ++i) edits.push_back({Kind::same, before[i]});
  std::ranges::copy(diff.is_coarse ? coarse(middle_before, middle_after) : search.edits(), std::back_inserter(edits));
  for (auto i = before.size() - last; i < before.size(); ++i) edits.push_back({Kind::same, before[i]});
  return edits;
}

// Where a hunk begins in both texts, and how many lines of each it holds.
struct Span {
  std::int64_t before = 0, before_lines = 0, after = 0, after_lines = 0;
};

std::string range_text(std::int64_t first, std::int64_t lines) {
  const auto told = lines == 0 ? first : first + 1;  // of none, the line before it
  return lines == 1 ? fmt::format("{}", told) : fmt::format("{},{}", told, lines);
}

void append_hunk(std::string& text, std::span<const Edit> edits, const Span& start) {
  auto span = start;
  for (const auto& edit : edits) span.before_lines += edit.kind != Kind::added, span.after_lines += edit.kind != Kind::removed;
  text += fmt::format("@@ -{} +{} @@\n", range_text(span.before, span.before_lines), range_text(span.after, span.after_lines));
  for (const auto& edit : edits) {
    text += static_cast<char>(edit.kind);
    text += edit.line;
    if (!edit.line.ends_with('\n')) text += "\n\\ No newline at end of file\n";
  }
}

// Changes with what stands around them; those that are near each other are one hunk.
void append_hunks(std::string& text, std::span<const Edit> edits) {
  Span at;
  const auto pass = [&](std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i) at.before += edits[i].kind != Kind::added, at.after += edits[i].kind != Kind::removed;
  };
  const auto is_change = [](const Edit& edit) { return edit.kind != Kind::same; };
  for (std::size_t done = 0;;) {
    const auto change = static_cast<std::size_t>(std::ranges::find_if(edits.subspan(done), is_change) - edits.begin());
    if (change == edits.size()) return;
    const auto first = std::max(done, change - std::min(change, kDiffContext));
    auto end = change;
    for (auto i = change; i < edits.size() && i <= end + 2 * kDiffContext; ++i) end = is_change(edits[i]) ? i : end;
    const auto last = std::min(edits.size(), end + 1 + kDiffContext);
    pass(done, first);
    append_hunk(text, edits.subspan(first, last - first), at);
    pass(first, last);
    done = last;
  }
}

}  // namespace

TextDiff unified_diff(std::string_view before, std::string_view after, const DiffNames& names) {
  TextDiff diff;
  if (before == after) return diff;
  const auto edits = edits_of(lines_of(before), lines_of(after), diff);
  for (const auto& edit : edits) diff.added += edit.kind == Kind::added, diff.removed += edit.kind == Kind::removed;
  diff.text = fmt::format("--- {}\n+++ {}\n", names.before, names.after);
  append_hunks(diff.text, edits);
  return diff;
}

}  // namespace gyre
