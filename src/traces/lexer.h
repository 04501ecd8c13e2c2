// The words of a filter. Inside traces/ only.
#pragma once

#include <string>
#include <string_view>

#include "base/case.h"
#include "base/result.h"

namespace gyre::traces {

struct Token {
  enum class Kind { word, name, quoted, number, symbol, end } kind = Kind::end;  // name: in backticks
  std::string text;
  std::size_t column = 1;

  bool is(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
  bool is_word(std::string_view lower_case) const;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Result<Token> next();

 private:
  Result<Token> quoted(char mark);
  std::string_view text_;
  std::size_t at_ = 0;
};

std::unexpected<Error> fail_at(std::size_t column, std::string_view what);

}  // namespace gyre::traces
