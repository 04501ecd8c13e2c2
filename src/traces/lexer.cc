#include "traces/lexer.h"

#include <fmt/format.h>

#include <cctype>

namespace gyre::traces {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80 || std::string_view("_-/:").contains(c);
}
bool is_in_number(char c) { return is_digit(c) || std::string_view(".eE+-").contains(c); }

}  // namespace

std::unexpected<Error> fail_at(std::size_t column, std::string_view what) {
  return fail(Code::invalid, fmt::format("{} (column {} of the filter)", what, column));
}

bool Token::is_word(std::string_view lower_case) const { return kind == Kind::word && lower(text) == lower_case; }

Result<Token> Lexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  const auto from = at_;
  if (at_ >= text_.size()) return Token{Token::Kind::end, "", from + 1};
  const char c = text_[at_];
  if (c == '\'' || c == '"' || c == '`') return quoted(c);
  for (const std::string_view symbol : {"!=", ">=", "<=", "=", ">", "<", "(", ")", ",", "."}) {
    if (!text_.substr(at_).starts_with(symbol)) continue;
    at_ += symbol.size();
    return Token{Token::Kind::symbol, std::string(symbol), from + 1};
  }
  const bool number = is_digit(c) || ((c == '-' || c == '+') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]));
  while (at_ < text_.size() && (number ? is_in_number(text_[at_]) : is_in_word(text_[at_]))) ++at_;
  if (at_ == from) return fail_at(from + 1, fmt::format("Invalid clause(s) in filter string: '{}'", c));
  return Token{number ? Token::Kind::number : Token::Kind::word, std::string(text_.substr(from, at_ - from)), from + 1};
}

Result<Token> Lexer::quoted(char mark) {
  const auto from = at_;
  const auto end = text_.find(mark, from + 1);
  if (end == std::string_view::npos) return fail_at(from + 1, "Invalid clause(s) in filter string: the quote is not closed");
  at_ = end + 1;
  return Token{mark == '`' ? Token::Kind::name : Token::Kind::quoted, std::string(text_.substr(from + 1, end - from - 1)), from + 1};
}

}  // namespace gyre::traces
