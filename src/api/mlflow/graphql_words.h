// The words of a GraphQL text, one after the other. Inside api/mlflow/ only.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::mlflow::graphql {

struct Token {
  enum class Kind { name, number, text, mark, end };
  Kind kind = Kind::end;
  std::string text;
  std::size_t at = 0;
};

// That the word may not stand where it does.
std::unexpected<Error> syntax(const Token& token);

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // The one that is read now: the end, before the first and behind the last.
  const Token& token() const { return token_; }
  bool at_end() const { return token_.kind == Token::Kind::end; }
  bool is_mark(std::string_view mark) const { return token_.kind == Token::Kind::mark && token_.text == mark; }
  bool is_name(std::string_view name) const { return token_.kind == Token::Kind::name && token_.text == name; }

  Result<void> advance();
  Result<void> expect(std::string_view mark);
  Result<std::string> name();

 private:
  template <class Is>
  void take(Token::Kind kind, Is is);
  Result<void> take_text();
  void skip_blanks();

  std::string_view text_;
  std::size_t at_ = 0;
  Token token_;
};

}  // namespace gyre::mlflow::graphql
