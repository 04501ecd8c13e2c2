#include "traces/filter.h"

#include <fmt/format.h>

#include "traces/clause.h"

namespace gyre::traces {
namespace {

constexpr std::size_t kMaxFilterBytes = 20'000;
constexpr int kMaxClauses = 100, kMaxFilterDepth = 32;

class Parser {
 public:
  Parser(std::string_view text, sql::Dialect dialect, std::size_t first) : lexer_(text), writer_(dialect, first) {}

  Result<Where> parse() {
    TRY(advance());
    if (token_.kind == Token::Kind::end) return Where{};
    auto text = TRY(any(0));
    if (token_.kind != Token::Kind::end) return unexpected_token();
    return Where{std::move(text), writer_.take_values()};
  }

 private:
  Result<void> advance() {
    token_ = TRY(lexer_.next());
    return {};
  }
  std::unexpected<Error> unexpected_token() const {
    return fail_at(token_.column, fmt::format("Invalid clause(s) in filter string: '{:.80}'", token_.kind == Token::Kind::end ? "it ends here" : token_.text));
  }

  Result<std::string> any(int depth) {
    if (depth > kMaxFilterDepth)
      return fail_at(token_.column, fmt::format("Invalid clause(s) in filter string: more than {} parentheses within each other", kMaxFilterDepth));
    auto text = TRY(all(depth));
    bool alone = true;
    while (token_.is_word("or")) {
      TRY(advance());
      text += " OR " + TRY(all(depth));
      alone = false;
    }
    return alone ? text : "(" + text + ")";
  }

  Result<std::string> all(int depth) {
    std::string plain, of_span;
    while (true) {
      const auto part = TRY(one(depth));
      auto& place = part.about_span ? of_span : plain;
      place += (place.empty() ? "" : " AND ") + part.text;
      if (!token_.is_word("and")) break;
      TRY(advance());
      if (token_.kind == Token::Kind::end) break;  // MLflow forgives an AND at the end
    }
    if (of_span.empty()) return plain;
    return fmt::format("{}{}EXISTS (SELECT 1 FROM spans AS s WHERE s.trace_id = t.id AND {})", plain, plain.empty() ? "" : " AND ", of_span);
  }

  Result<Clause> one(int depth) {
    if (token_.is_word("not")) {
      TRY(advance());
      if (depth > kMaxFilterDepth) return unexpected_token();
      const auto part = TRY(one(depth + 1));
      return Clause{part.about_span ? fmt::format("NOT EXISTS (SELECT 1 FROM spans AS s WHERE s.trace_id = t.id AND {})", part.text)
                                    : fmt::format("NOT ({})", part.text)};
    }
    if (!token_.is("(")) return clause();
    TRY(advance());
    auto text = TRY(any(depth + 1));
    if (!token_.is(")")) return unexpected_token();
    TRY(advance());
    return Clause{"(" + text + ")"};
  }

  Result<Clause> clause() {
    if (++clauses_ > kMaxClauses) return fail_at(token_.column, fmt::format("Invalid clause(s) in filter string: more than {}", kMaxClauses));
    const auto what = TRY(subject());
    const auto test = TRY(right_side(what));
    return writer_.condition(what, test);
  }

  Result<Subject> subject() {
    const auto first = token_;
    if (first.kind != Token::Kind::word && first.kind != Token::Kind::name && first.kind != Token::Kind::quoted) return unexpected_token();
    TRY(advance());
    if (!token_.is(".")) return subject_of("", first.text, first.column);
    std::string key;
    while (token_.is(".")) {  // keys hold points: metadata.mlflow.trace.session
      TRY(advance());
      if (token_.kind == Token::Kind::end || token_.kind == Token::Kind::symbol) return fail_at(token_.column, "Assessment field name cannot be empty");
      key += (key.empty() ? "" : ".") + token_.text;
      TRY(advance());
    }
    return subject_of(first.text, key, first.column);
  }

  Result<ClauseTest> right_side(const Subject& what) {
    ClauseTest test{.column = token_.column};
    if (token_.is_word("is")) return null_test(test);
    if (token_.is_word("not")) {
      test.negated = true;
      TRY(advance());
    }
    if (token_.is_word("in")) return list_test(test);
    if (token_.is_word("like") || token_.is_word("ilike") || token_.is_word("rlike")) {
      test.kind = ClauseTest::Kind::like;
      test.ignore_case = token_.is_word("ilike");
      test.pattern = token_.is_word("rlike");
    } else if (test.negated || token_.kind != Token::Kind::symbol || !std::string_view("!= >= <=").contains(token_.text)) {
      return fail_at(
          token_.column,
          fmt::format("Invalid comparator '{:.80}' for {}: not one of '{{'=', '!=', '<', '<=', '>', '>=', 'IN', 'NOT IN', 'LIKE', 'ILIKE', 'RLIKE', 'IS NULL', "
                      "'IS NOT NULL'}}'",
                      token_.text, what.what));
    }
    test.op = token_.text;
    TRY(advance());
    if (token_.kind != Token::Kind::quoted && token_.kind != Token::Kind::number) return unexpected_token();
    test.values.push_back(token_);
    TRY(advance());
    return test;
  }

  Result<ClauseTest> null_test(ClauseTest test) {
    TRY(advance());
    test.kind = ClauseTest::Kind::null;
    if ((test.negated = token_.is_word("not"))) TRY(advance());
    if (!token_.is_word("null")) return unexpected_token();
    TRY(advance());
    return test;
  }

  Result<ClauseTest> list_test(ClauseTest test) {
    TRY(advance());
    test.kind = ClauseTest::Kind::in;
    if (!token_.is("(")) return unexpected_token();
    do {
      TRY(advance());
      if (token_.kind != Token::Kind::quoted)
        return fail_at(token_.column, "While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list");
      test.values.push_back(token_);
      TRY(advance());
    } while (token_.is(","));
    if (!token_.is(")")) return unexpected_token();
    TRY(advance());
    return test;
  }

  Lexer lexer_;
  ClauseWriter writer_;
  Token token_;
  int clauses_ = 0;
};

}  // namespace

Result<Where> compile(std::string_view filter, sql::Dialect dialect, std::size_t first_parameter) {
  if (filter.size() > kMaxFilterBytes) return fail(Code::invalid, fmt::format("the filter has more than {} bytes", kMaxFilterBytes));
  if (filter.contains('\0')) return fail(Code::invalid, "Invalid clause(s) in filter string: it holds a NUL byte");
  return Parser(filter, dialect, first_parameter).parse();
}

}  // namespace gyre::traces
