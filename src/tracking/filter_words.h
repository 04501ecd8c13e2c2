// The words of a text one after the other, and what the parser asked for at the end of a text that is being written. Inside tracking/ only.
#pragma once

#include "tracking/filter_syntax.h"

namespace gyre::tracking {

class Words {
 public:
  // `noted` takes what is asked for at the end; null for a text that is whole.
  Words(std::string_view text, Expectation* noted) : lexer_(text), noted_(noted) {}

  const Token& token() const { return token_; }
  bool at_end() const { return token_.kind == TokenKind::end; }
  bool being_written() const { return noted_ != nullptr; }
  Parsed<void> advance();
  // The key behind the point of an entity; it is no token, and the next one is read behind it.
  Parsed<std::string> key_of(const Token& entity);

  // What is asked for: at the end of a text that is being written it may stand there.
  bool is_word(std::string_view word) const;
  bool is_symbol(std::string_view symbol) const;
  void expect_value() const;

  // The other side of the comparison whose value is read; null: there is none.
  void beside(const Node* side) { beside_ = side; }
  // A value that stands where a condition may is no condition yet: nothing joins it to another.
  void lone_value(bool lone) { lone_value_ = lone; }

 private:
  Parsed<void> advance_to_end(Parsed<Token> token);
  void note(std::string_view word) const;

  Lexer lexer_;
  Expectation* const noted_;
  Token token_;
  const Node* beside_ = nullptr;
  bool lone_value_ = false;
};

}  // namespace gyre::tracking
