// The filter language as text: words, and the tree that they make. Inside tracking/ only.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/case.h"
#include "base/result.h"

namespace gyre::tracking {

enum class TokenKind { word, quoted, number, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;
  std::size_t column = 1;
};

// Why a text makes no sense, and where. As an error it tells the place in words.
struct Misread {
  std::size_t column = 0;  // from 1; 0: the text as a whole
  std::string what, fix;
  operator Error() const;
};
template <class T>
using Parsed = std::expected<T, Misread>;

std::unexpected<Misread> fail_at(std::size_t column, std::string_view what, std::string fix = "");

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Parsed<Token> next();
  // What stands behind the point of "entity.": bare or quoted, with more points in it.
  Parsed<Token> next_key();

  // Of a text that is being written: whether all of it is read, and what was read last although its quote is open.
  bool at_end() const { return at_ >= text_.size(); }
  bool reached_end() const { return at_end() || open_quote_; }
  bool ends_quoted() const { return !text_.empty() && std::string_view("'\"`").contains(text_.back()); }
  const std::optional<Token>& open_quote() const { return open_quote_; }
  const Token& written_key() const { return key_; }

 private:
  Parsed<std::string> quoted(char mark, std::size_t column);
  template <class Is>
  std::string take_while(Is is);
  std::string number();
  std::string_view character() const;
  void skip_spaces();
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<Token> open_quote_;
  Token key_;
};

struct Node {
  enum class Kind { number, text, now, field, negation, arithmetic, comparison, like, list, null_test, inversion, both, either, statistic };
  Kind kind;
  std::size_t column = 1;
  std::string text = {};    // the sign, the text, the attribute, the key of a field, or the name of a statistic
  std::string entity = {};  // of a field; empty: an attribute
  double number = 0;
  bool negated = false;  // NOT LIKE, NOT IN, IS NOT NULL
  std::vector<Node> parts = {};
};

// A condition. Null for a text of nothing.
Parsed<std::unique_ptr<Node>> parse_filter(std::string_view text);

struct OrderItem {
  Node value;
  bool descending = false;
};
Parsed<OrderItem> parse_order(std::string_view text);
// A value, or a statistic of a metric's points: last(m), min(m), max(m), count(m).
Parsed<Node> parse_column(std::string_view text);

// What may stand at the end of a text that is being written: what the parser asked for there.
struct Expectation {
  std::size_t column = 1;          // from where on it stands
  std::string prefix;              // what is written of it, without its quote
  bool quoted = false;             // in quotes: it will be a text
  bool value = false;              // a number, a text, or the name of a field
  std::string entity;              // not empty: a key of it
  std::vector<std::string> words;  // signs and keywords
  std::optional<Node> beside;      // what the value is compared with
};
enum class TextKind { filter, order, column };
Expectation expected_at_end(std::string_view text, TextKind kind);

}  // namespace gyre::tracking
