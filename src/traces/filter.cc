#include "traces/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "traces/subject.h"
#include "tracking/pattern.h"

namespace gyre::traces {
namespace {

constexpr std::size_t kMaxFilterBytes = 20'000;
constexpr int kMaxClauses = 100, kMaxFilterDepth = 32;

using Kind = Subject::Kind;

// An operator with its right side.
struct Test {
  enum class Kind { compare, like, in, null } kind = Kind::compare;
  std::string op;                             // of compare
  bool negated = false;                       // of in, like and null
  bool ignore_case = false, pattern = false;  // of like: ILIKE, RLIKE
  std::vector<Token> values;
  std::size_t column = 1;
};

std::string inner_json(std::string_view text) {
  auto quoted = json::to_text(std::string(text));
  return quoted.substr(1, quoted.size() - 2);
}

class Parser {
 public:
  Parser(std::string_view text, sql::Dialect dialect, std::size_t first) : lexer_(text), dialect_(dialect), next_parameter_(first) {}

  Result<Where> parse() {
    TRY(advance());
    if (token_.kind == Token::Kind::end) return std::move(out_);
    auto text = TRY(any(0));
    if (token_.kind != Token::Kind::end) return unexpected_token();
    out_.text = std::move(text);
    return std::move(out_);
  }

 private:
  // A condition; one about a span is on `spans AS s`.
  struct Part {
    std::string text;
    bool about_span = false;
  };

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

  Result<Part> one(int depth) {
    if (token_.is_word("not")) {
      TRY(advance());
      if (depth > kMaxFilterDepth) return unexpected_token();
      const auto part = TRY(one(depth + 1));
      return Part{part.about_span ? fmt::format("NOT EXISTS (SELECT 1 FROM spans AS s WHERE s.trace_id = t.id AND {})", part.text)
                                  : fmt::format("NOT ({})", part.text)};
    }
    if (!token_.is("(")) return clause();
    TRY(advance());
    auto text = TRY(any(depth + 1));
    if (!token_.is(")")) return unexpected_token();
    TRY(advance());
    return Part{"(" + text + ")"};
  }

  Result<Part> clause() {
    if (++clauses_ > kMaxClauses) return fail_at(token_.column, fmt::format("Invalid clause(s) in filter string: more than {}", kMaxClauses));
    const auto what = TRY(subject());
    const auto test = TRY(right_side(what));
    return condition(what, test);
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

  Result<Test> right_side(const Subject& what) {
    Test test{.column = token_.column};
    if (token_.is_word("is")) return null_test(test);
    if (token_.is_word("not")) {
      test.negated = true;
      TRY(advance());
    }
    if (token_.is_word("in")) return list_test(test);
    if (token_.is_word("like") || token_.is_word("ilike") || token_.is_word("rlike")) {
      test.kind = Test::Kind::like;
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

  Result<Test> null_test(Test test) {
    TRY(advance());
    test.kind = Test::Kind::null;
    if ((test.negated = token_.is_word("not"))) TRY(advance());
    if (!token_.is_word("null")) return unexpected_token();
    TRY(advance());
    return test;
  }

  Result<Test> list_test(Test test) {
    TRY(advance());
    test.kind = Test::Kind::in;
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

  std::string bind(std::variant<std::string, double, std::int64_t> value) {
    out_.values.push_back(std::move(value));
    return fmt::format("${}", next_parameter_++);
  }

  Result<Part> condition(const Subject& what, const Test& test) {
    switch (what.kind) {
      case Kind::number:
        return Part{TRY(number_test(what, test))};
      case Kind::text:
        return Part{TRY(text_test(what.sql, what, test))};
      case Kind::tag:
        return note_test("trace_tags", what, test);
      case Kind::metadata:
        return note_test("trace_metadata", what, test);
      case Kind::run:
        return run_test(what, test);
      case Kind::span:
        return Part{TRY(text_test(what.sql, what, test)), true};
      case Kind::span_content:
        if (test.kind != Test::Kind::like)
          return fail_at(test.column, fmt::format("span.content comparator '{}' not one of '{{'ILIKE', 'LIKE'}}'", test.op.empty() ? "IN" : test.op));
        return Part{TRY(text_test(what.sql, what, test)), true};
      case Kind::span_attribute:
        return attribute_test(what, test);
      case Kind::assessment:
        return assessment_test(what, test);
      case Kind::prompt:
        return prompt_test(test);
      case Kind::issue:
        if (test.op != "=") return fail_at(test.column, fmt::format("issue.id comparator '{}' not one of '{{'='}}'", test.op));
        return Part{fmt::format("EXISTS (SELECT 1 FROM assessments AS a WHERE a.trace_id = t.id AND a.kind = 'issue' AND a.name = {})",
                                bind(test.values.front().text))};
    }
    std::unreachable();
  }

  // `json`: the text stands in JSON, escaped.
  Result<std::string> text_test(std::string_view left, const Subject& what, const Test& test, bool json = false) {
    std::vector<std::string> places;
    if (test.kind == Test::Kind::null) return fmt::format("{} IS {}NULL", left, test.negated ? "NOT " : "");
    if (test.kind == Test::Kind::compare && test.op != "=" && test.op != "!=") {
      return fail_at(test.column,
                     fmt::format("Invalid comparator '{}' for {}: not one of '{{'=', '!=', 'IN', 'NOT IN', 'LIKE', 'ILIKE', 'RLIKE'}}'", test.op, what.what));
    }
    for (const auto& value : test.values) {
      if (value.kind != Token::Kind::quoted)
        return fail_at(value.column, fmt::format("Expected a quoted string value for {} (e.g. 'my-value'). Got value {:.80}", what.what, value.text));
      if (test.pattern) {
        if (const auto trouble = tracking::pattern_trouble(value.text)) return fail_at(value.column + 1 + trouble->at, trouble->what);
      }
      places.push_back(bind(json && !test.pattern ? inner_json(value.text) : value.text));
    }
    const auto negation = test.negated ? "NOT " : "";
    if (test.kind == Test::Kind::in) return fmt::format("{} {}IN ({})", left, negation, fmt::join(places, ", "));
    if (test.kind == Test::Kind::compare) return fmt::format("{} {} {}", left, test.op, places.front());
    if (test.pattern) return fmt::format("{}{}", negation, tracking::matches_sql(dialect_, left, places.front()));
    return test.ignore_case ? fmt::format("LOWER({}) {}LIKE LOWER({})", left, negation, places.front())
                            : fmt::format("{} {}LIKE {}", left, negation, places.front());
  }

  Result<std::string> number_test(const Subject& what, const Test& test) {
    if (test.kind == Test::Kind::null) return fmt::format("{} IS {}NULL", what.sql, test.negated ? "NOT " : "");
    if (test.kind == Test::Kind::in) {
      return fail_at(
          test.column,
          "Only attributes in {'client_request_id', 'name', 'request_id', 'run_id', 'status'} supports comparison with a list of quoted string values.");
    }
    const auto& value = test.values.front();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
    const bool whole = value.kind == Token::Kind::number && error == std::errc() && end == value.text.data() + value.text.size();
    if (test.kind != Test::Kind::compare || !whole)
      return fail_at(test.column, fmt::format("Invalid clause(s) in filter string: '{}' compares with a whole number of milliseconds", what.what));
    return fmt::format("{} {} {}", what.sql, test.op, bind(number));
  }

  Result<Part> note_test(std::string_view table, const Subject& what, const Test& test) {
    const auto key = bind(what.key);
    const auto there = fmt::format("EXISTS (SELECT 1 FROM {} AS n WHERE n.trace_id = t.id AND n.key = {}", table, key);
    if (test.kind == Test::Kind::null) return Part{fmt::format("{}{})", test.negated ? "" : "NOT ", there)};
    if (test.kind == Test::Kind::in && what.what != "name")
      return fail_at(test.column,
                     fmt::format("Invalid comparator 'IN' for {}: not one of '{{'=', '!=', 'ILIKE', 'IS NOT NULL', 'IS NULL', 'LIKE', 'RLIKE'}}'", what.what));
    return Part{fmt::format("{} AND {})", there, TRY(text_test("n.value", what, test)))};
  }

  // A run's traces are those that it made and those that were linked to it.
  Result<Part> run_test(const Subject& what, const Test& test) {
    const auto made = TRY(note_test("trace_metadata", {Kind::metadata, "", what.key, "name", what.column}, test));
    if (test.kind != Test::Kind::compare || test.op != "=") return made;
    return Part{fmt::format("({} OR EXISTS (SELECT 1 FROM trace_links AS l WHERE l.trace_id = t.id AND l.kind = 'run' AND l.target = {}))", made.text,
                            bind(test.values.front().text))};
  }

  Result<Part> prompt_test(const Test& test) {
    if (test.op != "=")
      return fail_at(test.column,
                     fmt::format("Invalid comparator '{}' for prompts filter. Only '=' is supported with format: prompt = \"name/version\"", test.op));
    const auto& value = test.values.front().text;
    if (std::ranges::count(value, '/') != 1)
      return fail_at(test.column, fmt::format("Invalid prompts filter value '{:.80}'. Expected format: prompt = \"name/version\"", value));
    return Part{fmt::format("EXISTS (SELECT 1 FROM trace_links AS l WHERE l.trace_id = t.id AND l.kind = 'prompt' AND l.target = {})", bind(value))};
  }

  // An attribute is kept as JSON within JSON: a text has quotes around it and its escapes.
  Result<Part> attribute_test(const Subject& what, const Test& test) {
    const auto key = bind(what.key);
    const auto source = dialect_ == sql::Dialect::sqlite ? fmt::format("json_each(s.content, '$.attributes') AS j WHERE j.key = {}", key)
                                                         : fmt::format("(SELECT s.content::json -> 'attributes' ->> CAST({} AS TEXT) AS value) AS j", key);
    const auto plain =
        fmt::format("(SELECT CASE WHEN SUBSTR(j.value, 1, 1) = '\"' THEN SUBSTR(j.value, 2, LENGTH(j.value) - 2) ELSE j.value END FROM {} LIMIT 1)", source);
    return Part{TRY(text_test(plain, what, test, true)), true};
  }

  Result<Part> assessment_test(const Subject& what, const Test& test) {
    const auto there = fmt::format("EXISTS (SELECT 1 FROM assessments AS a WHERE a.trace_id = t.id AND a.valid = 1 AND a.kind = '{}' AND a.name = {}",
                                   what.what, bind(what.key));
    if (test.kind == Test::Kind::null) return Part{fmt::format("{}{})", test.negated ? "" : "NOT ", there)};
    if (test.kind == Test::Kind::in)
      return fail_at(
          test.column,
          fmt::format("assessment.{} comparator 'IN' not one of '{{'!=', '<', '<=', '=', '>', '>=', 'ILIKE', 'IS NOT NULL', 'IS NULL', 'LIKE'}}'", what.key));
    const auto& value = test.values.front();
    if (test.kind == Test::Kind::compare && test.op != "=" && test.op != "!=") {
      double number = 0;
      const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
      if (error != std::errc() || end != value.text.data() + value.text.size()) {
        return fail_at(value.column,
                       fmt::format("Expected a numeric value for {} when using comparator '{}'. Got value '{:.80}'", what.what, test.op, value.text));
      }
      return Part{fmt::format("{} AND a.number {} {})", there, test.op, bind(number))};
    }
    if (test.kind == Test::Kind::like) return Part{fmt::format("{} AND {})", there, TRY(text_test("a.value", what, test)))};
    const auto same = fmt::format("(a.value = {} OR a.value = {})", bind(value.text), bind(json::to_text(value.text)));
    return Part{fmt::format("{} AND {}{})", there, test.op == "!=" ? "NOT " : "", same)};
  }

  Lexer lexer_;
  const sql::Dialect dialect_;
  std::size_t next_parameter_;
  Token token_;
  Where out_;
  int clauses_ = 0;
};

}  // namespace

std::vector<sql::Value> Where::args() const {
  std::vector<sql::Value> list;
  for (const auto& value : values) list.push_back(std::visit([](const auto& v) { return sql::to_value(v); }, value));
  return list;
}

Result<Where> compile(std::string_view filter, sql::Dialect dialect, std::size_t first_parameter) {
  if (filter.size() > kMaxFilterBytes) return fail(Code::invalid, fmt::format("the filter has more than {} bytes", kMaxFilterBytes));
  if (filter.contains('\0')) return fail(Code::invalid, "Invalid clause(s) in filter string: it holds a NUL byte");
  return Parser(filter, dialect, first_parameter).parse();
}

}  // namespace gyre::traces
