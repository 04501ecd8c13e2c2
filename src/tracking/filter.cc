#include "tracking/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gyre::tracking {
namespace {

constexpr std::size_t kMaxFilterBytes = 20'000;
constexpr int kMaxClauses = 200;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

enum class Kind { word, quoted, number, symbol, end };

struct Token {
  Kind kind = Kind::end;
  std::string text;
  std::size_t column = 1;
};

std::unexpected<Error> fail_at(std::size_t column, std::string_view what) { return fail(Code::invalid, fmt::format("Invalid filter: column {}: {}", column, what)); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<Token> next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    const auto column = at_ + 1;
    if (at_ >= text_.size()) return Token{Kind::end, "", column};
    const char c = text_[at_];
    if (c == '\'' || c == '"' || c == '`') return quoted(c, column);
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '+') return Token{Kind::number, take_while([](char x) { return std::isalnum(static_cast<unsigned char>(x)) || x == '.' || x == '-' || x == '+'; }), column};
    if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') {
      return Token{Kind::word, take_while([](char x) { return std::isalnum(static_cast<unsigned char>(x)) || std::string_view("_-/:").contains(x); }), column};
    }
    for (const std::string_view symbol : {"!=", ">=", "<=", "=", ">", "<", "(", ")", ",", "."}) {
      if (text_.substr(at_).starts_with(symbol)) {
        at_ += symbol.size();
        return Token{Kind::symbol, std::string(symbol), column};
      }
    }
    return fail_at(column, fmt::format("'{}' is not expected", c));
  }

 private:
  Result<Token> quoted(char mark, std::size_t column) {
    const auto end = text_.find(mark, at_ + 1);
    if (end == std::string_view::npos) return fail_at(column, "the quote is not closed");
    Token token{mark == '`' ? Kind::word : Kind::quoted, std::string(text_.substr(at_ + 1, end - at_ - 1)), column};
    at_ = end + 1;
    return token;
  }
  template <class Is>
  std::string take_while(Is is) {
    const auto from = at_;
    while (at_ < text_.size() && is(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

struct Subject {
  std::string sql;
  bool number = false;
  std::optional<std::string> key;  // of an entity: a parameter goes in place of "{}"
};

class Parser {
 public:
  Parser(std::string_view text, const Fields& fields, std::size_t first) : lexer_(text), fields_(fields), next_parameter_(first) {}

  Result<Condition> parse() {
    TRY(advance());
    if (token_.kind == Kind::end) return std::move(out_);
    out_.text.clear();
    for (int clauses = 0;; ++clauses) {
      if (clauses >= kMaxClauses) return fail_at(token_.column, fmt::format("more than {} clauses", kMaxClauses));
      TRY(clause());
      if (token_.kind == Kind::end) return std::move(out_);
      if (!is_word("and")) return fail_at(token_.column, fmt::format("expected AND, found '{}'. Invalid clause(s) in filter string", token_.text));
      TRY(advance());
      out_.text += " AND ";
    }
  }

 private:
  Result<void> advance() {
    token_ = TRY(lexer_.next());
    return {};
  }
  bool is_word(std::string_view word) const { return token_.kind == Kind::word && lower(token_.text) == word; }

  Result<Subject> subject() {
    if (token_.kind != Kind::word && token_.kind != Kind::quoted) return fail_at(token_.column, "expected the name of an attribute, metric, param or tag");
    const auto first = token_;
    TRY(advance());
    if (token_.kind != Kind::symbol || token_.text != ".") return attribute(first);
    TRY(advance());
    if (token_.kind == Kind::end || token_.kind == Kind::symbol) return fail_at(token_.column, "expected a key behind the point");
    auto key = token_;
    TRY(advance());
    while (token_.kind == Kind::symbol && token_.text == ".") {  // keys may hold points: metrics.val.auc
      TRY(advance());
      key.text += "." + token_.text;
      TRY(advance());
    }
    return entity(first, std::move(key));
  }

  Result<Subject> attribute(const Token& name) {
    const auto word = lower(name.text);
    if (const auto found = fields_.texts.find(word); found != fields_.texts.end()) return Subject{found->second, false, std::nullopt};
    if (const auto found = fields_.numbers.find(word); found != fields_.numbers.end()) return Subject{found->second, true, std::nullopt};
    std::string known;
    for (const auto& [attribute, sql] : fields_.texts) known += (known.empty() ? "" : ", ") + attribute;
    for (const auto& [attribute, sql] : fields_.numbers) known += ", " + attribute;
    return fail_at(name.column, fmt::format("Invalid attribute key '{}' specified. Valid keys are '{}'", name.text, known));
  }

  Result<Subject> entity(const Token& name, Token key) {
    auto word = lower(name.text);
    if (word == "attribute" || word == "attributes" || word == "attr" || word == "run") return attribute(key);
    if (word == "params" || word == "parameter" || word == "parameters") word = "param";
    if (word == "metrics" || word == "tags") word.pop_back();
    if (const auto found = fields_.text_entities.find(word); found != fields_.text_entities.end()) return Subject{found->second, false, std::move(key.text)};
    if (const auto found = fields_.number_entities.find(word); found != fields_.number_entities.end()) return Subject{found->second, true, std::move(key.text)};
    return fail_at(name.column, fmt::format("Invalid entity type '{}'. Valid values are ['metric', 'parameter', 'tag', 'attribute']", name.text));
  }

  std::string bind(std::variant<std::string, double, std::int64_t> value) {
    out_.values.push_back(std::move(value));
    return fmt::format("${}", next_parameter_++);
  }

  std::string expression(Subject& subject) {
    if (!subject.key) return subject.sql;
    return fmt::format("({})", fmt::format(fmt::runtime(subject.sql), bind(std::move(*subject.key))));
  }

  Result<void> clause() {
    auto what = TRY(subject());
    const bool number = what.number;
    const auto left = expression(what);
    if (is_word("is")) return null_test(left);
    bool negated = false;
    if (is_word("not")) {
      negated = true;
      TRY(advance());
    }
    if (is_word("in")) return list_test(left, negated, number);
    if (!negated && (is_word("like") || is_word("ilike"))) return like_test(left, number);
    if (negated || token_.kind != Kind::symbol || std::string_view("=!=<=>=").find(token_.text) == std::string_view::npos) {
      return fail_at(token_.column, fmt::format("Invalid comparator '{}': expected =, !=, <, <=, >, >=, LIKE, ILIKE, IN or IS", token_.text));
    }
    const auto op = token_;
    TRY(advance());
    if (!number && op.text != "=" && op.text != "!=") return fail_at(op.column, fmt::format("Invalid comparator '{}' for text: = or !=", op.text));
    out_.text += fmt::format("{} {} {}", left, op.text, TRY(value(number)));
    return {};
  }

  Result<std::string> value(bool number) {
    const auto token = token_;
    TRY(advance());
    if (!number) {
      if (token.kind != Kind::quoted) return fail_at(token.column, fmt::format("Expected a quoted string value (e.g. 'my-value'). Got value {}", token.text));
      return bind(token.text);
    }
    double real = 0;
    const std::string_view text = token.text.starts_with('+') ? std::string_view(token.text).substr(1) : std::string_view(token.text);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
    if (token.kind != Kind::number || error != std::errc() || end != text.data() + text.size()) {
      return fail_at(token.column, fmt::format("expected a number, found '{}'. Expected numeric value type for metric", token.text));
    }
    return bind(real);
  }

  Result<void> null_test(const std::string& left) {
    TRY(advance());
    const bool negated = is_word("not");
    if (negated) TRY(advance());
    if (!is_word("null")) return fail_at(token_.column, "expected NULL or NOT NULL behind IS");
    TRY(advance());
    out_.text += fmt::format("{} IS {}NULL", left, negated ? "NOT " : "");
    return {};
  }

  Result<void> list_test(const std::string& left, bool negated, bool number) {
    TRY(advance());
    if (token_.text != "(") return fail_at(token_.column, "expected ( behind IN");
    std::string list;
    do {
      TRY(advance());
      list += (list.empty() ? "" : ", ") + TRY(value(number));
    } while (token_.kind == Kind::symbol && token_.text == ",");
    if (token_.text != ")") return fail_at(token_.column, "expected , or ) in the list");
    TRY(advance());
    out_.text += fmt::format("{} {}IN ({})", left, negated ? "NOT " : "", list);
    return {};
  }

  Result<void> like_test(const std::string& left, bool number) {
    const bool ignore_case = is_word("ilike");
    if (number) return fail_at(token_.column, "LIKE compares text, not numbers");
    TRY(advance());
    const auto pattern = TRY(value(false));
    out_.text += ignore_case ? fmt::format("LOWER({}) LIKE LOWER({})", left, pattern) : fmt::format("{} LIKE {}", left, pattern);
    return {};
  }

  Lexer lexer_;
  const Fields& fields_;
  std::size_t next_parameter_;
  Token token_;
  Condition out_;
};

std::string order_expression(const Fields& fields, std::string_view key) {
  const auto plain = [](std::string_view text) {
    std::string out(text);
    std::erase_if(out, [](char c) { return c == '`' || c == '"'; });
    return out;
  };
  const auto dot = key.find('.');
  auto entity = dot == std::string_view::npos ? std::string("attribute") : lower(key.substr(0, dot));
  const auto name = plain(dot == std::string_view::npos ? key : key.substr(dot + 1));
  if (entity == "attributes" || entity == "attr" || entity == "run") entity = "attribute";
  if (entity == "params" || entity == "parameter" || entity == "parameters") entity = "param";
  if (entity == "metrics" || entity == "tags") entity.pop_back();
  if (entity == "attribute") {
    if (const auto found = fields.texts.find(lower(name)); found != fields.texts.end()) return found->second;
    if (const auto found = fields.numbers.find(lower(name)); found != fields.numbers.end()) return found->second;
    return "";
  }
  if (name.find('\'') != std::string::npos) return "";
  const auto quoted = "'" + name + "'";
  if (const auto found = fields.text_entities.find(entity); found != fields.text_entities.end()) return "(" + fmt::format(fmt::runtime(found->second), quoted) + ")";
  if (const auto found = fields.number_entities.find(entity); found != fields.number_entities.end()) return "(" + fmt::format(fmt::runtime(found->second), quoted) + ")";
  return "";
}

}  // namespace

std::vector<sql::Value> Condition::args() const {
  std::vector<sql::Value> list;
  for (const auto& value : values) list.push_back(std::visit([](const auto& v) { return sql::to_value(v); }, value));
  return list;
}

Result<Condition> compile(std::string_view filter, const Fields& fields, std::size_t first_parameter) {
  if (filter.size() > kMaxFilterBytes) return fail(Code::invalid, fmt::format("the filter has more than {} bytes", kMaxFilterBytes));
  return Parser(filter, fields, first_parameter).parse();
}

Result<std::string> order_clause(const std::vector<std::string>& order_by, const Fields& fields, std::string_view last) {
  std::string text;
  for (std::string_view item : order_by) {
    while (!item.empty() && std::isspace(static_cast<unsigned char>(item.front()))) item.remove_prefix(1);
    while (!item.empty() && std::isspace(static_cast<unsigned char>(item.back()))) item.remove_suffix(1);
    const auto small = lower(item);
    const bool descending = small.ends_with(" desc");
    auto key = descending ? item.substr(0, item.size() - 5) : small.ends_with(" asc") ? item.substr(0, item.size() - 4) : item;
    while (!key.empty() && key.back() == ' ') key.remove_suffix(1);
    const auto expression = order_expression(fields, key);
    if (expression.empty()) return fail(Code::invalid, fmt::format("Invalid order_by clause '{}'. Could not be parsed.", item));
    text += fmt::format("CASE WHEN {} IS NULL THEN 1 ELSE 0 END, {} {}, ", expression, expression, descending ? "DESC" : "ASC");  // what is missing comes last, either way
  }
  return text + std::string(last);
}

const Fields& run_fields() {
  static const Fields kFields{
      {{"run_id", "r.id"}, {"run_name", "r.name"}, {"run name", "r.name"}, {"user_id", "r.user_name"}, {"status", "r.status"}, {"artifact_uri", "r.artifact_uri"}},
      {{"start_time", "r.start_ms"}, {"end_time", "r.end_ms"}, {"created", "r.start_ms"}},
      {{"tag", "SELECT value FROM run_tags WHERE run_id = r.id AND key = {}"}, {"param", "SELECT value FROM run_params WHERE run_id = r.id AND key = {}"}},
      {{"metric", "SELECT latest_value FROM metric_series WHERE run_id = r.id AND key = {}"}}};
  return kFields;
}

const Fields& experiment_fields() {
  static const Fields kFields{{{"name", "e.name"}},
                              {{"creation_time", "e.created_ms"}, {"last_update_time", "e.updated_ms"}, {"experiment_id", "e.id"}},
                              {{"tag", "SELECT value FROM experiment_tags WHERE experiment_id = e.id AND key = {}"}},
                              {}};
  return kFields;
}

const Fields& logged_model_fields() {
  static const Fields kFields{{{"name", "m.name"}, {"model_id", "m.id"}, {"model_type", "m.type"}, {"status", "m.status"}, {"source_run_id", "m.source_run_id"}},
                              {{"creation_timestamp", "m.created_ms"}, {"creation_time", "m.created_ms"}, {"last_updated_timestamp", "m.updated_ms"}},
                              {{"tag", "SELECT value FROM logged_model_tags WHERE model_id = m.id AND key = {}"}, {"param", "SELECT value FROM logged_model_params WHERE model_id = m.id AND key = {}"}},
                              {}};
  return kFields;
}

}  // namespace gyre::tracking
