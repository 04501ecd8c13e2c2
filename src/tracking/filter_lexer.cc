#include <algorithm>

#include "tracking/filter_syntax.h"

namespace gyre::tracking {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_of_word(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '/' || c == ':'; }
bool is_quote(char c) { return c == '\'' || c == '"' || c == '`'; }

}  // namespace

Misread::operator Error() const { return {Code::invalid, column > 0 ? fmt::format("Invalid filter: column {}: {}", column, what) : what, {}, fix}; }

std::unexpected<Misread> fail_at(std::size_t column, std::string_view what, std::string fix) {
  return std::unexpected(Misread{column, std::string(what), std::move(fix)});
}

template <class Is>
std::string Lexer::take_while(Is is) {
  const auto from = at_;
  while (at_ < text_.size() && is(text_[at_])) ++at_;
  return std::string(text_.substr(from, at_ - from));
}

void Lexer::skip_spaces() {
  while (at_ < text_.size() && std::string_view(" \t\r\n\f\v").contains(text_[at_])) ++at_;
}

Parsed<std::string> Lexer::quoted(char mark, std::size_t column) {
  const auto end = text_.find(mark, at_ + 1);
  if (end == std::string_view::npos) {
    open_quote_ = Token{TokenKind::quoted, std::string(text_.substr(at_ + 1)), column};
    return fail_at(column, "the quote is not closed");
  }
  std::string inner(text_.substr(at_ + 1, end - at_ - 1));
  at_ = end + 1;
  return inner;
}

// Digits, a point, digits, an exponent; and what is glued to it, so that the parser can refuse it as a whole.
std::string Lexer::number() {
  auto text = take_while([](char c) { return is_digit(c) || c == '.'; });
  const bool exponent = (peek() == 'e' || peek() == 'E') && (is_digit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && is_digit(peek(2))));
  if (exponent) {
    text += text_.substr(at_, 2);
    at_ += 2;
    text += take_while(is_digit);
  }
  return text + take_while(is_of_word);
}

// The one that stands here as a whole: texts are UTF-8.
std::string_view Lexer::character() const {
  std::size_t size = 1;
  while ((static_cast<unsigned char>(peek(size)) & 0xC0) == 0x80) ++size;
  return text_.substr(at_, size);
}

Parsed<Token> Lexer::next() {
  skip_spaces();
  const auto column = at_ + 1;
  const char c = peek();
  if (at_ >= text_.size()) return Token{TokenKind::end, "the end", column};
  if (is_quote(c)) return Token{c == '`' ? TokenKind::word : TokenKind::quoted, TRY(quoted(c, column)), column};
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return Token{TokenKind::number, number(), column};
  if (is_letter(c)) return Token{TokenKind::word, take_while(is_of_word), column};
  for (const std::string_view symbol : {"!=", ">=", "<=", "=", ">", "<", "(", ")", ",", ".", "+", "-", "*", "/"}) {
    if (!text_.substr(at_).starts_with(symbol)) continue;
    at_ += symbol.size();
    return Token{TokenKind::symbol, std::string(symbol), column};
  }
  return fail_at(column, fmt::format("'{}' is not expected", character()));
}

Parsed<Token> Lexer::next_key() {
  skip_spaces();
  key_ = {TokenKind::word, {}, at_ + 1};
  for (;;) {
    if (is_quote(peek())) {
      auto inner = quoted(peek(), at_ + 1);
      if (!inner) {
        key_.text += open_quote_->text;
        return std::unexpected(std::move(inner).error());
      }
      key_.text += *inner;
    } else {
      key_.text += take_while(is_of_word);
    }
    if (peek() != '.') break;
    key_.text += '.';
    ++at_;
  }
  if (key_.text.empty() || key_.text.ends_with('.')) return fail_at(at_ + 1, "expected a key behind the point");
  return key_;
}

}  // namespace gyre::tracking
