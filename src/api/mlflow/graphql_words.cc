#include "api/mlflow/graphql_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/json.h"

namespace gyre::mlflow::graphql {
namespace {

using Kind = Token::Kind;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_of_name(char c) { return is_letter(c) || is_digit(c); }
bool is_of_number(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("+-.").contains(c); }

}  // namespace

std::unexpected<Error> syntax(const Token& token) {
  return fail(Code::invalid, fmt::format("Syntax Error at character {}: unexpected {}.", token.at + 1,
                                         token.kind == Kind::end ? "end" : "'" + token.text.substr(0, 40) + "'"));
}

// Commas and comments are blanks too.
void Words::skip_blanks() {
  while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == ',' || text_[at_] == '#'))
    at_ = text_[at_] == '#' ? std::min(text_.find('\n', at_), text_.size()) : at_ + 1;
}

Result<void> Words::advance() {
  skip_blanks();
  token_ = {Kind::end, "", at_};
  if (at_ >= text_.size()) return {};
  const char c = text_[at_];
  if (is_letter(c)) return take(Kind::name, is_of_name), Result<void>();
  if (is_digit(c) || c == '-') return take(Kind::number, is_of_number), Result<void>();
  if (c == '"') return take_text();
  token_.kind = Kind::mark;
  token_.text = text_.substr(at_).starts_with("...") ? "..." : std::string(1, c);
  if (token_.text != "..." && !std::string_view("{}()[]:$!=@|").contains(c)) return syntax(token_);
  at_ += token_.text.size();
  return {};
}

template <class Is>
void Words::take(Kind kind, Is is) {
  const auto from = at_;
  while (at_ < text_.size() && is(text_[at_])) ++at_;
  token_ = {kind, std::string(text_.substr(from, at_ - from)), from};
}

Result<void> Words::take_text() {
  const auto from = at_++;
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') at_ += text_[at_] == '\\' ? 2 : 1;
  token_ = {Kind::text, std::string(text_.substr(from, std::min(at_ + 1, text_.size()) - from)), from};
  if (at_ >= text_.size() || text_[at_] != '"') return syntax(token_);
  ++at_;
  const auto value = json::parse(token_.text);  // GraphQL's escapes are JSON's
  if (!value) return syntax(token_);
  token_.text = value->string_or("");
  return {};
}

Result<void> Words::expect(std::string_view mark) {
  if (!is_mark(mark)) return syntax(token_);
  return advance();
}

Result<std::string> Words::name() {
  if (token_.kind != Kind::name) return syntax(token_);
  auto text = token_.text;
  TRY(advance());
  return text;
}

}  // namespace gyre::mlflow::graphql
