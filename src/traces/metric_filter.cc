#include "traces/metric_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "traces/lexer.h"

namespace gyre::traces {
namespace {

struct Clause {
  std::string view, entity, key, value;
};

struct Entity {
  std::string_view name, sql;  // "{}" stands for the value's place, "{key}" for the key's
  bool keyed = false;
};

constexpr Entity kOfTrace[] = {{"status", "t.state = {}"},
                               {"tag", "EXISTS (SELECT 1 FROM trace_tags AS n WHERE n.trace_id = t.id AND n.key = {key} AND n.value = {})", true},
                               {"metadata", "EXISTS (SELECT 1 FROM trace_metadata AS n WHERE n.trace_id = t.id AND n.key = {key} AND n.value = {})", true}};
constexpr Entity kOfSpan[] = {{"name", "s.name = {}"}, {"status", "s.status = {}"}, {"type", "s.type = {}"}};
constexpr Entity kOfAssessment[] = {{"name", "a.name = {}"}, {"type", "a.kind = {}"}};

struct Known {
  std::string_view view;
  std::span<const Entity> entities;
};
constexpr Known kKnown[] = {{"trace", kOfTrace}, {"span", kOfSpan}, {"assessment", kOfAssessment}};

std::unexpected<Error> unparsed(const Token& token) {
  return fail(Code::invalid,
              fmt::format("Invalid clause(s) in filter string: {:.80}", token.kind == Token::Kind::end ? std::string("it ends too early") : token.text));
}

bool is_name(const Token& token) { return token.kind == Token::Kind::word || token.kind == Token::Kind::name || token.kind == Token::Kind::quoted; }

Result<Clause> read(std::string_view text) {
  Lexer lexer(text);
  std::vector<std::string> parts;
  auto token = TRY(lexer.next());
  const auto first = token;
  while (is_name(token)) {
    parts.push_back(token.text);
    token = TRY(lexer.next());
    if (!token.is(".")) break;
    token = TRY(lexer.next());
  }
  if (parts.empty() || token.kind == Token::Kind::end) return unparsed(first);
  if (parts.size() < 2) {
    return fail(Code::invalid,
                fmt::format("Invalid identifier '{:.80}'. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.", parts[0]));
  }
  if (!token.is("=")) return fail(Code::invalid, fmt::format("Invalid comparator: '{:.80}', only '=' operator is supported", token.text));
  token = TRY(lexer.next());
  if (token.kind != Token::Kind::quoted) {
    return fail(Code::invalid, fmt::format("Expected a quoted string value for {} value (e.g. 'my-value'). Got value {:.80}", parts[1], token.text));
  }
  Clause clause{parts[0], parts[1], parts.size() > 2 ? fmt::format("{}", fmt::join(parts.begin() + 2, parts.end(), ".")) : "", token.text};
  token = TRY(lexer.next());
  if (token.kind != Token::Kind::end) return unparsed(token);
  return clause;
}

Result<const Entity*> entity_of(const Clause& clause) {
  const auto known = std::ranges::find(kKnown, std::string_view(clause.view), &Known::view);
  if (known == std::end(kKnown))
    return fail(Code::invalid, fmt::format("Invalid view type '{:.80}'. Valid values are dict_keys(['trace', 'span', 'assessment'])", clause.view));
  std::string names;
  for (const auto& entity : known->entities) {
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", entity.name);
    if (entity.name != clause.entity) continue;
    if (entity.keyed && clause.key.empty())
      return fail(Code::invalid, fmt::format("Filtering by {0} requires a key, e.g. '{1}.{0}.<key> = <value>'", entity.name, clause.view));
    if (!entity.keyed && !clause.key.empty())
      return fail(Code::invalid, fmt::format("Filtering by {0} does not require a key, use '{1}.{0}' instead", entity.name, clause.view));
    return &entity;
  }
  return fail(Code::invalid, fmt::format("Invalid entity '{:.80}' specified for view type '{}'. Valid entities are [{}]", clause.entity, clause.view, names));
}

Result<void> check_view(std::string_view of, View view) {
  constexpr std::string_view kNames[] = {"TRACES", "SPANS", "ASSESSMENTS"};
  const auto wanted = of == "span" ? View::spans : of == "assessment" ? View::assessments : view;
  if (wanted == view) return {};
  return fail(Code::invalid, fmt::format("Filtering by {} is only supported for {} view type, got {}", of, kNames[static_cast<std::size_t>(wanted)],
                                         kNames[static_cast<std::size_t>(view)]));
}

}  // namespace

Result<std::string> metric_condition(std::string_view filter, View view, const std::function<std::string(std::string)>& bind) {
  const auto clause = TRY(read(filter));
  const auto* entity = TRY(entity_of(clause));
  TRY(check_view(clause.view, view));
  const auto key = entity->keyed ? bind(clause.key) : std::string();
  const auto value = bind(clause.value);
  const auto condition = fmt::format(fmt::runtime(entity->sql), value, fmt::arg("key", key));
  if (clause.key != "mlflow.sourceRun") return condition;
  return fmt::format("({} OR EXISTS (SELECT 1 FROM trace_links AS l WHERE l.trace_id = t.id AND l.kind = 'run' AND l.target = {}))", condition, value);
}

}  // namespace gyre::traces
