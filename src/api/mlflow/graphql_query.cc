#include "api/mlflow/graphql_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace gyre::mlflow::graphql {
namespace {

enum class Kind { name, number, text, mark, end };

struct Token {
  Kind kind = Kind::end;
  std::string text;
  std::size_t at = 0;
};

std::unexpected<Error> syntax(const Token& token) {
  return fail(Code::invalid, fmt::format("Syntax Error at character {}: unexpected {}.", token.at + 1,
                                         token.kind == Kind::end ? "end" : "'" + token.text.substr(0, 40) + "'"));
}

// What a fragment or an operation holds, before fragments are spread.
struct Selection {
  Field field;
  std::string fragment;  // of a spread; "" of a field
  std::vector<Selection> inner;
};

struct Definition {
  bool mutation = false;
  std::string name;
  json::Value defaults = json::Object{};
  std::vector<Selection> selections;
};

class Reader {
 public:
  Reader(std::string_view text, const json::Value& variables) : text_(text), variables_(variables) {}

  Result<void> read_all() {
    TRY(advance());
    while (token_.kind != Kind::end) {
      if (is_name("fragment")) {
        TRY(read_fragment());
      } else {
        operations.push_back(TRY(read_operation()));
      }
    }
    return {};
  }

  std::vector<Definition> operations;
  std::map<std::string, std::vector<Selection>, std::less<>> fragments;

 private:
  bool is_mark(std::string_view mark) const { return token_.kind == Kind::mark && token_.text == mark; }
  bool is_name(std::string_view name) const { return token_.kind == Kind::name && token_.text == name; }

  Result<void> advance() {
    while (at_ < text_.size() && (std::isspace(static_cast<unsigned char>(text_[at_])) || text_[at_] == ',')) ++at_;
    token_ = {Kind::end, "", at_};
    if (at_ >= text_.size()) return {};
    const char c = text_[at_];
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return advance();
    }
    if (std::isalpha(static_cast<unsigned char>(c)) || c == '_')
      return take(Kind::name, [](char x) { return std::isalnum(static_cast<unsigned char>(x)) || x == '_'; });
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '-')
      return take(Kind::number, [](char x) { return std::isalnum(static_cast<unsigned char>(x)) || std::string_view("+-.").contains(x); });
    if (c == '"') return take_text();
    token_.kind = Kind::mark;
    token_.text = text_.substr(at_).starts_with("...") ? "..." : std::string(1, c);
    if (token_.text != "..." && !std::string_view("{}()[]:$!=@|").contains(c)) return syntax(token_);
    at_ += token_.text.size();
    return {};
  }

  template <class Is>
  Result<void> take(Kind kind, Is is) {
    const auto from = at_;
    while (at_ < text_.size() && is(text_[at_])) ++at_;
    token_ = {kind, std::string(text_.substr(from, at_ - from)), from};
    return {};
  }

  Result<void> take_text() {
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

  Result<void> expect(std::string_view mark) {
    if (!is_mark(mark)) return syntax(token_);
    return advance();
  }

  Result<std::string> name() {
    if (token_.kind != Kind::name) return syntax(token_);
    auto text = token_.text;
    TRY(advance());
    return text;
  }

  Result<void> no_directive() const {
    if (is_mark("@")) return fail(Code::invalid, fmt::format("Syntax Error at character {}: directives are not known.", token_.at + 1));
    return {};
  }

  Result<void> read_fragment() {
    TRY(advance());
    const auto id = TRY(name());
    if (!is_name("on")) return syntax(token_);
    TRY(advance());
    TRY(name());
    fragments[id] = TRY(read_selections(1));
    return {};
  }

  Result<Definition> read_operation() {
    Definition made;
    if (is_name("query") || is_name("mutation")) {
      made.mutation = is_name("mutation");
      TRY(advance());
      if (token_.kind == Kind::name) made.name = TRY(name());
      if (is_mark("(")) TRY(read_variables(made));
      TRY(no_directive());
    }
    variables_in_use_ = made.defaults;
    for (const auto& [key, value] : variables_.if_object() ? *variables_.if_object() : json::Object{}) variables_in_use_.set(key, value);
    made.selections = TRY(read_selections(1));
    return made;
  }

  // Types are read over: arguments are checked by the call that they go to.
  Result<void> read_variables(Definition& made) {
    TRY(advance());
    while (!is_mark(")")) {
      TRY(expect("$"));
      const auto id = TRY(name());
      TRY(expect(":"));
      TRY(read_type(1));
      if (!is_mark("=")) continue;
      TRY(advance());
      made.defaults.set(id, TRY(read_value(1)));
    }
    return advance();
  }

  Result<void> read_type(std::size_t depth) {
    if (depth > kMaxDepth) return syntax(token_);
    if (is_mark("[")) {
      TRY(advance());
      TRY(read_type(depth + 1));
      TRY(expect("]"));
    } else {
      TRY(name());
    }
    if (is_mark("!")) TRY(advance());
    return {};
  }

  Result<std::vector<Selection>> read_selections(std::size_t depth) {
    if (depth > kMaxDepth) return fail(Code::invalid, fmt::format("Query exceeds maximum depth of {}", kMaxDepth));
    TRY(expect("{"));
    std::vector<Selection> all;
    while (!is_mark("}")) {
      if (++selections_ > kMaxSelections) return fail(Code::invalid, fmt::format("Query exceeds maximum total selections of {}", kMaxSelections));
      all.push_back(is_mark("...") ? TRY(read_spread(depth)) : TRY(read_field(depth)));
      TRY(no_directive());
    }
    TRY(advance());
    if (all.empty()) return fail(Code::invalid, "Syntax Error: a selection holds no field.");
    return all;
  }

  Result<Selection> read_spread(std::size_t depth) {
    TRY(advance());
    Selection spread;
    if (is_mark("{") || is_name("on")) {  // inline
      if (is_name("on")) {
        TRY(advance());
        TRY(name());
      }
      spread.fragment = fmt::format(" {}", fragments.size());  // no name that a text can have
      fragments[spread.fragment] = TRY(read_selections(depth));
      return spread;
    }
    spread.fragment = TRY(name());
    return spread;
  }

  Result<Selection> read_field(std::size_t depth) {
    Selection made;
    made.field.name = made.field.alias = TRY(name());
    if (is_mark(":")) {
      TRY(advance());
      made.field.name = TRY(name());
    }
    made.field.arguments = json::Object{};
    if (is_mark("(")) {
      TRY(advance());
      while (!is_mark(")")) {
        const auto id = TRY(name());
        TRY(expect(":"));
        made.field.arguments.set(id, TRY(read_value(1)));
      }
      TRY(advance());
    }
    TRY(no_directive());
    if (is_mark("{")) made.inner = TRY(read_selections(depth + 1));
    return made;
  }

  Result<json::Value> read_value(std::size_t depth) {
    if (depth > kMaxDepth) return syntax(token_);
    if (is_mark("$")) {
      TRY(advance());
      return variables_in_use_[TRY(name())];
    }
    if (is_mark("[")) return read_list(depth);
    if (is_mark("{")) return read_object(depth);
    const auto token = token_;
    TRY(advance());
    if (token.kind == Kind::text) return json::Value(token.text);
    if (token.kind == Kind::number) {
      const auto value = json::parse(token.text);
      if (!value) return syntax(token);
      return *value;
    }
    if (token.kind != Kind::name) return syntax(token);
    if (token.text == "true" || token.text == "false") return json::Value(token.text == "true");
    return token.text == "null" ? json::Value() : json::Value(token.text);  // else an enum's value
  }

  Result<json::Value> read_list(std::size_t depth) {
    TRY(advance());
    json::Array items;
    while (!is_mark("]")) items.push_back(TRY(read_value(depth + 1)));
    TRY(advance());
    return json::Value(std::move(items));
  }

  Result<json::Value> read_object(std::size_t depth) {
    TRY(advance());
    json::Value object = json::Object{};
    while (!is_mark("}")) {
      const auto id = TRY(name());
      TRY(expect(":"));
      object.set(id, TRY(read_value(depth + 1)));
    }
    TRY(advance());
    return object;
  }

  std::string_view text_;
  const json::Value& variables_;
  json::Value variables_in_use_ = json::Object{};
  std::size_t at_ = 0, selections_ = 0;
  Token token_;
};

// Puts the fields of fragments where they are spread. Spread anew each time, they count anew: what one text asks for stays bounded.
class Spreader {
 public:
  explicit Spreader(const Reader& reader) : reader_(reader) {}

  Result<void> spread(const std::vector<Selection>& selections, std::size_t depth, std::size_t nested, std::vector<Field>& fields) {
    if (depth > kMaxDepth || nested > kMaxDepth) return fail(Code::invalid, fmt::format("Query exceeds maximum depth of {}", kMaxDepth));
    for (const auto& selection : selections) {
      if (!selection.fragment.empty()) {
        const auto found = reader_.fragments.find(selection.fragment);
        if (found == reader_.fragments.end()) return fail(Code::invalid, fmt::format("Unknown fragment '{:.80}'.", selection.fragment));
        TRY(spread(found->second, depth, nested + 1, fields));
        continue;
      }
      if (++selections_ > kMaxSelections) return fail(Code::invalid, fmt::format("Query exceeds maximum total selections of {}", kMaxSelections));
      auto field = selection.field;
      if (!selection.inner.empty()) TRY(spread(selection.inner, depth + 1, 0, field.fields));
      fields.push_back(std::move(field));
    }
    if (depth == 1 && fields.size() > kMaxRootFields) return too_many("root fields", fields.size(), kMaxRootFields, "ROOT_FIELDS");
    const auto aliases = std::ranges::count_if(fields, [](const Field& field) { return field.alias != field.name; });
    if (static_cast<std::size_t>(aliases) > kMaxAliases) return too_many("aliases", static_cast<std::size_t>(aliases), kMaxAliases, "ALIASES");
    return {};
  }

 private:
  static std::unexpected<Error> too_many(std::string_view what, std::size_t count, std::size_t most, std::string_view variable) {
    return fail(
        Code::invalid,
        fmt::format("GraphQL queries should have at most {} {}, got {} {}. To increase the limit, set the MLFLOW_SERVER_GRAPHQL_MAX_{} environment variable.",
                    most, what, count, what, variable));
  }

  const Reader& reader_;
  std::size_t selections_ = 0;
};

}  // namespace

Result<Operation> read(std::string_view text, const json::Value& variables, std::string_view operation) {
  if (text.size() > kMaxQueryBytes) return fail(Code::invalid, fmt::format("a query has at most {} bytes", kMaxQueryBytes));
  Reader reader(text, variables);
  TRY(reader.read_all());
  if (reader.operations.empty()) return fail(Code::invalid, "Must provide an operation.");
  if (operation.empty() && reader.operations.size() > 1) return fail(Code::invalid, "Must provide operation name if query contains multiple operations.");
  const auto chosen = operation.empty() ? reader.operations.begin() : std::ranges::find(reader.operations, operation, &Definition::name);
  if (chosen == reader.operations.end()) return fail(Code::invalid, fmt::format("Unknown operation named '{:.80}'.", operation));
  Operation made{chosen->mutation, {}};
  TRY(Spreader(reader).spread(chosen->selections, 1, 0, made.fields));
  return made;
}

}  // namespace gyre::mlflow::graphql
