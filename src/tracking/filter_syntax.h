// The filter language as text: words, and the tree that they make. Inside tracking/ only.
#pragma once

#include <fmt/format.h>

#include <memory>
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

std::unexpected<Error> fail_at(std::size_t column, std::string_view what);

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Result<Token> next();
  // What stands behind the point of "entity.": bare or quoted, with more points in it.
  Result<Token> next_key();

 private:
  Result<std::string> quoted(char mark, std::size_t column);
  template <class Is>
  std::string take_while(Is is);
  std::string number();
  void skip_spaces();
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Node {
  enum class Kind { number, text, now, field, negation, arithmetic, comparison, like, list, null_test, inversion, both, either };
  Kind kind;
  std::size_t column = 1;
  std::string text = {};    // the sign, the text, the attribute or the key of a field
  std::string entity = {};  // of a field; empty: an attribute
  double number = 0;
  bool negated = false;  // NOT LIKE, NOT IN, IS NOT NULL
  std::vector<Node> parts = {};
};

// A condition. Null for a text of nothing.
Result<std::unique_ptr<Node>> parse_filter(std::string_view text);

struct OrderItem {
  Node value;
  bool descending = false;
};
Result<OrderItem> parse_order(std::string_view text);

}  // namespace gyre::tracking
