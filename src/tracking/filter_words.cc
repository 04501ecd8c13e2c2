#include "tracking/filter_words.h"

namespace gyre::tracking {

Parsed<void> Words::advance() {
  auto token = lexer_.next();
  if (noted_) return advance_to_end(std::move(token));
  token_ = TRY(std::move(token));
  return {};
}

// What touches the end of a text that is being written may become another word yet: the end stands before it.
Parsed<void> Words::advance_to_end(Parsed<Token> token) {
  if (!token && !lexer_.open_quote()) return std::unexpected(std::move(token).error());
  token_ = token ? *std::move(token) : *lexer_.open_quote();
  const bool open = !token || ((token_.kind == TokenKind::word || token_.kind == TokenKind::number) && lexer_.at_end() && !lexer_.ends_quoted());
  if (open) token_.kind = TokenKind::end;
  if (!at_end()) return {};
  noted_->column = token_.column;
  noted_->prefix = open ? token_.text : "";
  noted_->quoted = !token;
  return {};
}

Parsed<std::string> Words::key_of(const Token& entity) {
  auto key = lexer_.next_key();
  const bool whole = key && lexer_.ends_quoted();
  if (noted_ && lexer_.reached_end() && !whole) {
    const auto& written = lexer_.written_key();
    *noted_ = {.column = written.column, .prefix = written.text, .quoted = false, .value = false, .entity = lower(entity.text), .words = {}, .beside = {}};
    return fail_at(written.column, "expected a key behind the point");
  }
  auto text = TRY(std::move(key)).text;
  TRY(advance());
  return text;
}

void Words::note(std::string_view word) const {
  if (!noted_ || !at_end() || (lone_value_ && (word == "and" || word == "or"))) return;
  noted_->words.emplace_back(word);
}

bool Words::is_word(std::string_view word) const {
  note(word);
  return token_.kind == TokenKind::word && lower(token_.text) == word;
}

bool Words::is_symbol(std::string_view symbol) const {
  note(symbol);
  return token_.kind == TokenKind::symbol && token_.text == symbol;
}

void Words::expect_value() const {
  if (!noted_ || !at_end()) return;
  noted_->value = true;
  if (beside_) noted_->beside = *beside_;
}

}  // namespace gyre::tracking
