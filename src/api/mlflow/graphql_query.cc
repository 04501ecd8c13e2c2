#include "api/mlflow/graphql_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/mlflow/graphql_words.h"

namespace gyre::mlflow::graphql {
namespace {

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
  Reader(std::string_view text, const json::Value& variables) : words_(text), variables_(variables) {}

  Result<void> read_all() {
    TRY(words_.advance());
    while (!words_.at_end()) {
      if (words_.is_name("fragment")) {
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
  const Token& token() const { return words_.token(); }

  Result<void> no_directive() const {
    if (words_.is_mark("@")) return fail(Code::invalid, fmt::format("Syntax Error at character {}: directives are not known.", token().at + 1));
    return {};
  }

  Result<void> read_fragment() {
    TRY(words_.advance());
    const auto id = TRY(words_.name());
    if (!words_.is_name("on")) return syntax(token());
    TRY(words_.advance());
    TRY(words_.name());
    fragments[id] = TRY(read_selections(1));
    return {};
  }

  Result<Definition> read_operation() {
    Definition made;
    if (words_.is_name("query") || words_.is_name("mutation")) {
      made.mutation = words_.is_name("mutation");
      TRY(words_.advance());
      if (token().kind == Token::Kind::name) made.name = TRY(words_.name());
      if (words_.is_mark("(")) TRY(read_variables(made));
      TRY(no_directive());
    }
    variables_in_use_ = made.defaults;
    for (const auto& [key, value] : variables_.if_object() ? *variables_.if_object() : json::Object{}) variables_in_use_.set(key, value);
    made.selections = TRY(read_selections(1));
    return made;
  }

  // Types are read over: arguments are checked by the call that they go to.
  Result<void> read_variables(Definition& made) {
    TRY(words_.advance());
    while (!words_.is_mark(")")) {
      TRY(words_.expect("$"));
      const auto id = TRY(words_.name());
      TRY(words_.expect(":"));
      TRY(read_type(1));
      if (!words_.is_mark("=")) continue;
      TRY(words_.advance());
      made.defaults.set(id, TRY(read_value(1)));
    }
    return words_.advance();
  }

  Result<void> read_type(std::size_t depth) {
    if (depth > kMaxDepth) return syntax(token());
    if (words_.is_mark("[")) {
      TRY(words_.advance());
      TRY(read_type(depth + 1));
      TRY(words_.expect("]"));
    } else {
      TRY(words_.name());
    }
    if (words_.is_mark("!")) TRY(words_.advance());
    return {};
  }

  Result<std::vector<Selection>> read_selections(std::size_t depth) {
    if (depth > kMaxDepth) return fail(Code::invalid, fmt::format("Query exceeds maximum depth of {}", kMaxDepth));
    TRY(words_.expect("{"));
    std::vector<Selection> all;
    while (!words_.is_mark("}")) {
      if (++selections_ > kMaxSelections) return fail(Code::invalid, fmt::format("Query exceeds maximum total selections of {}", kMaxSelections));
      all.push_back(words_.is_mark("...") ? TRY(read_spread(depth)) : TRY(read_field(depth)));
      TRY(no_directive());
    }
    TRY(words_.advance());
    if (all.empty()) return fail(Code::invalid, "Syntax Error: a selection holds no field.");
    return all;
  }

  Result<Selection> read_spread(std::size_t depth) {
    TRY(words_.advance());
    Selection spread;
    if (words_.is_mark("{") || words_.is_name("on")) {  // inline
      if (words_.is_name("on")) {
        TRY(words_.advance());
        TRY(words_.name());
      }
      spread.fragment = fmt::format(" {}", fragments.size());  // no name that a text can have
      fragments[spread.fragment] = TRY(read_selections(depth));
      return spread;
    }
    spread.fragment = TRY(words_.name());
    return spread;
  }

  Result<Selection> read_field(std::size_t depth) {
    Selection made;
    made.field.name = made.field.alias = TRY(words_.name());
    if (words_.is_mark(":")) {
      TRY(words_.advance());
      made.field.name = TRY(words_.name());
    }
    made.field.arguments = json::Object{};
    if (words_.is_mark("(")) {
      TRY(words_.advance());
      while (!words_.is_mark(")")) {
        const auto id = TRY(words_.name());
        TRY(words_.expect(":"));
        made.field.arguments.set(id, TRY(read_value(1)));
      }
      TRY(words_.advance());
    }
    TRY(no_directive());
    if (words_.is_mark("{")) made.inner = TRY(read_selections(depth + 1));
    return made;
  }

  Result<json::Value> read_value(std::size_t depth) {
    if (depth > kMaxDepth) return syntax(token());
    if (words_.is_mark("$")) {
      TRY(words_.advance());
      return variables_in_use_[TRY(words_.name())];
    }
    if (words_.is_mark("[")) return read_list(depth);
    if (words_.is_mark("{")) return read_object(depth);
    const auto first = token();
    TRY(words_.advance());
    if (first.kind == Token::Kind::text) return json::Value(first.text);
    if (first.kind == Token::Kind::number) {
      const auto value = json::parse(first.text);
      if (!value) return syntax(first);
      return *value;
    }
    if (first.kind != Token::Kind::name) return syntax(first);
    if (first.text == "true" || first.text == "false") return json::Value(first.text == "true");
    return first.text == "null" ? json::Value() : json::Value(first.text);  // else an enum's value
  }

  Result<json::Value> read_list(std::size_t depth) {
    TRY(words_.advance());
    json::Array items;
    while (!words_.is_mark("]")) items.push_back(TRY(read_value(depth + 1)));
    TRY(words_.advance());
    return json::Value(std::move(items));
  }

  Result<json::Value> read_object(std::size_t depth) {
    TRY(words_.advance());
    json::Value object = json::Object{};
    while (!words_.is_mark("}")) {
      const auto id = TRY(words_.name());
      TRY(words_.expect(":"));
      object.set(id, TRY(read_value(depth + 1)));
    }
    TRY(words_.advance());
    return object;
  }

  Words words_;
  const json::Value& variables_;
  json::Value variables_in_use_ = json::Object{};
  std::size_t selections_ = 0;
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
