#include "base/json_trouble.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace gyre::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Reads as long as the text is JSON. Each function is false where it is not any more, with `what` set.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool document() {
    if (!value(0)) return false;
    skip_space();
    return at_ == text_.size() || stop("expected the end");
  }

  std::size_t at() const { return at_; }
  const std::string& what() const { return what_; }

 private:
  bool stop(std::string_view what) {
    if (what_.empty()) what_ = at_ == text_.size() ? fmt::format("{}, found the end", what) : std::string(what);
    return false;
  }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }

  bool value(int depth) {
    if (depth > kMaxDepth) return false;
    skip_space();
    if (next_is('{')) return object(depth);
    if (next_is('[')) return list(depth);
    if (next_is('"')) return string();
    if (next_is('t')) return word("true");
    if (next_is('f')) return word("false");
    if (next_is('n')) return word("null");
    if (next_is('-') || (at_ < text_.size() && is_digit(text_[at_]))) return number();
    return stop("expected a value");
  }

  bool object(int depth) {
    ++at_;
    skip_space();
    if (next_is('}')) return ++at_, true;
    while (true) {
      skip_space();
      if (!next_is('"')) return stop("expected a name in quotes");
      if (!string()) return false;
      skip_space();
      if (!next_is(':')) return stop("expected ':'");
      ++at_;
      if (!value(depth + 1)) return false;
      skip_space();
      if (next_is('}')) return ++at_, true;
      if (!next_is(',')) return stop("expected ',' or '}'");
      ++at_;
    }
  }

  bool list(int depth) {
    ++at_;
    skip_space();
    if (next_is(']')) return ++at_, true;
    while (true) {
      if (!value(depth + 1)) return false;
      skip_space();
      if (next_is(']')) return ++at_, true;
      if (!next_is(',')) return stop("expected ',' or ']'");
      ++at_;
    }
  }

  bool string() {
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_];
      if (c == '"') return ++at_, true;
      if (static_cast<unsigned char>(c) < 0x20) return stop("a control character must be written as \\u00XX inside text");
      if (c == '\\') {
        if (!escape()) return false;
        continue;
      }
      const auto length = utf8_length(text_.substr(at_));
      if (length == 0) return stop("the text is not UTF-8");
      at_ += length;
    }
    return stop("expected '\"'");
  }

  bool escape() {
    const auto after = text_.substr(at_ + 1);
    if (after.starts_with('u')) {
      const auto digits = after.substr(1, 4);
      if (digits.size() != 4 || !std::ranges::all_of(digits, is_hex)) return stop("expected four hexadecimal digits after \\u");
      at_ += 6;
      return true;
    }
    if (after.empty() || !std::string_view("\"\\/bfnrt").contains(after[0])) return stop("not an escape");
    at_ += 2;
    return true;
  }

  bool word(std::string_view wanted) {
    if (!text_.substr(at_).starts_with(wanted)) return stop(fmt::format("expected {}", wanted));
    at_ += wanted.size();
    return true;
  }

  bool digits() {
    if (at_ == text_.size() || !is_digit(text_[at_])) return stop("expected a digit");
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return true;
  }

  bool number() {
    if (next_is('-')) ++at_;
    if (next_is('0')) {
      ++at_;
      if (at_ < text_.size() && is_digit(text_[at_])) return stop("a number begins with no 0");
    } else if (!digits()) {
      return false;
    }
    if (next_is('.') && (++at_, !digits())) return false;
    if (!next_is('e') && !next_is('E')) return true;
    ++at_;
    if (next_is('+') || next_is('-')) ++at_;
    return digits();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string what_;
};

Position position_of(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  const auto line_start = before.rfind('\n') + 1;
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return {.line = 1 + static_cast<int>(std::ranges::count(before, '\n')),
          .column = 1 + static_cast<int>(std::ranges::count_if(before.substr(line_start), is_start))};
}

}  // namespace

std::optional<Trouble> find_trouble(std::string_view text) {
  Reader reader(text);
  if (reader.document() || reader.what().empty()) return std::nullopt;
  return Trouble{position_of(text, reader.at()), reader.what()};
}

std::string describe_trouble(std::string_view text, std::string_view otherwise) {
  const auto trouble = find_trouble(text);
  return trouble ? fmt::format("line {}, column {}: {}", trouble->position.line, trouble->position.column, trouble->what) : std::string(otherwise);
}

}  // namespace gyre::json
