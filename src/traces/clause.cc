#include "traces/clause.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "tracking/pattern.h"

namespace gyre::traces {
namespace {

using Kind = Subject::Kind;

std::string inner_json(std::string_view text) {
  auto quoted = json::to_text(std::string(text));
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string ClauseWriter::bind(Bound value) {
  values_.push_back(std::move(value));
  return fmt::format("${}", next_parameter_++);
}

Result<Clause> ClauseWriter::condition(const Subject& what, const ClauseTest& test) {
  switch (what.kind) {
    case Kind::number:
      return Clause{TRY(number_test(what, test))};
    case Kind::text:
      return Clause{TRY(text_test(what.sql, what, test))};
    case Kind::tag:
      return note_test("trace_tags", what, test);
    case Kind::metadata:
      return note_test("trace_metadata", what, test);
    case Kind::run:
      return run_test(what, test);
    case Kind::span:
      return Clause{TRY(text_test(what.sql, what, test)), true};
    case Kind::span_content:
      if (test.kind != ClauseTest::Kind::like)
        return fail_at(test.column, fmt::format("span.content comparator '{}' not one of '{{'ILIKE', 'LIKE'}}'", test.op.empty() ? "IN" : test.op));
      return Clause{TRY(text_test(what.sql, what, test)), true};
    case Kind::span_attribute:
      return attribute_test(what, test);
    case Kind::assessment:
      return assessment_test(what, test);
    case Kind::prompt:
      return prompt_test(test);
    case Kind::issue:
      if (test.op != "=") return fail_at(test.column, fmt::format("issue.id comparator '{}' not one of '{{'='}}'", test.op));
      return Clause{
          fmt::format("EXISTS (SELECT 1 FROM assessments AS a WHERE a.trace_id = t.id AND a.kind = 'issue' AND a.name = {})", bind(test.values.front().text))};
  }
  std::unreachable();
}

Result<std::string> ClauseWriter::text_test(std::string_view left, const Subject& what, const ClauseTest& test, bool json) {
  std::vector<std::string> places;
  if (test.kind == ClauseTest::Kind::null) return fmt::format("{} IS {}NULL", left, test.negated ? "NOT " : "");
  if (test.kind == ClauseTest::Kind::compare && test.op != "=" && test.op != "!=") {
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
  if (test.kind == ClauseTest::Kind::in) return fmt::format("{} {}IN ({})", left, negation, fmt::join(places, ", "));
  if (test.kind == ClauseTest::Kind::compare) return fmt::format("{} {} {}", left, test.op, places.front());
  if (test.pattern) return fmt::format("{}{}", negation, tracking::matches_sql(dialect_, left, places.front()));
  return test.ignore_case ? fmt::format("LOWER({}) {}LIKE LOWER({})", left, negation, places.front())
                          : fmt::format("{} {}LIKE {}", left, negation, places.front());
}

Result<std::string> ClauseWriter::number_test(const Subject& what, const ClauseTest& test) {
  if (test.kind == ClauseTest::Kind::null) return fmt::format("{} IS {}NULL", what.sql, test.negated ? "NOT " : "");
  if (test.kind == ClauseTest::Kind::in) {
    return fail_at(
        test.column,
        "Only attributes in {'client_request_id', 'name', 'request_id', 'run_id', 'status'} supports comparison with a list of quoted string values.");
  }
  const auto& value = test.values.front();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
  const bool whole = value.kind == Token::Kind::number && error == std::errc() && end == value.text.data() + value.text.size();
  if (test.kind != ClauseTest::Kind::compare || !whole)
    return fail_at(test.column, fmt::format("Invalid clause(s) in filter string: '{}' compares with a whole number of milliseconds", what.what));
  return fmt::format("{} {} {}", what.sql, test.op, bind(number));
}

Result<Clause> ClauseWriter::note_test(std::string_view table, const Subject& what, const ClauseTest& test) {
  const auto key = bind(what.key);
  const auto there = fmt::format("EXISTS (SELECT 1 FROM {} AS n WHERE n.trace_id = t.id AND n.key = {}", table, key);
  if (test.kind == ClauseTest::Kind::null) return Clause{fmt::format("{}{})", test.negated ? "" : "NOT ", there)};
  if (test.kind == ClauseTest::Kind::in && what.what != "name")
    return fail_at(test.column,
                   fmt::format("Invalid comparator 'IN' for {}: not one of '{{'=', '!=', 'ILIKE', 'IS NOT NULL', 'IS NULL', 'LIKE', 'RLIKE'}}'", what.what));
  return Clause{fmt::format("{} AND {})", there, TRY(text_test("n.value", what, test)))};
}

// A run's traces are those that it made and those that were linked to it.
Result<Clause> ClauseWriter::run_test(const Subject& what, const ClauseTest& test) {
  const auto made = TRY(note_test("trace_metadata", {Kind::metadata, "", what.key, "name", what.column}, test));
  if (test.kind != ClauseTest::Kind::compare || test.op != "=") return made;
  return Clause{fmt::format("({} OR EXISTS (SELECT 1 FROM trace_links AS l WHERE l.trace_id = t.id AND l.kind = 'run' AND l.target = {}))", made.text,
                            bind(test.values.front().text))};
}

Result<Clause> ClauseWriter::prompt_test(const ClauseTest& test) {
  if (test.op != "=")
    return fail_at(test.column,
                   fmt::format("Invalid comparator '{}' for prompts filter. Only '=' is supported with format: prompt = \"name/version\"", test.op));
  const auto& value = test.values.front().text;
  if (std::ranges::count(value, '/') != 1)
    return fail_at(test.column, fmt::format("Invalid prompts filter value '{:.80}'. Expected format: prompt = \"name/version\"", value));
  return Clause{fmt::format("EXISTS (SELECT 1 FROM trace_links AS l WHERE l.trace_id = t.id AND l.kind = 'prompt' AND l.target = {})", bind(value))};
}

// An attribute is kept as JSON within JSON: a text has quotes around it and its escapes.
Result<Clause> ClauseWriter::attribute_test(const Subject& what, const ClauseTest& test) {
  const auto key = bind(what.key);
  const auto source = dialect_ == sql::Dialect::sqlite ? fmt::format("json_each(s.content, '$.attributes') AS j WHERE j.key = {}", key)
                                                       : fmt::format("(SELECT s.content::json -> 'attributes' ->> CAST({} AS TEXT) AS value) AS j", key);
  const auto plain =
      fmt::format("(SELECT CASE WHEN SUBSTR(j.value, 1, 1) = '\"' THEN SUBSTR(j.value, 2, LENGTH(j.value) - 2) ELSE j.value END FROM {} LIMIT 1)", source);
  return Clause{TRY(text_test(plain, what, test, true)), true};
}

Result<Clause> ClauseWriter::assessment_test(const Subject& what, const ClauseTest& test) {
  const auto there = fmt::format("EXISTS (SELECT 1 FROM assessments AS a WHERE a.trace_id = t.id AND a.valid = 1 AND a.kind = '{}' AND a.name = {}", what.what,
                                 bind(what.key));
  if (test.kind == ClauseTest::Kind::null) return Clause{fmt::format("{}{})", test.negated ? "" : "NOT ", there)};
  if (test.kind == ClauseTest::Kind::in)
    return fail_at(
        test.column,
        fmt::format("assessment.{} comparator 'IN' not one of '{{'!=', '<', '<=', '=', '>', '>=', 'ILIKE', 'IS NOT NULL', 'IS NULL', 'LIKE'}}'", what.key));
  const auto& value = test.values.front();
  if (test.kind == ClauseTest::Kind::compare && test.op != "=" && test.op != "!=") {
    double number = 0;
    const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
    if (error != std::errc() || end != value.text.data() + value.text.size()) {
      return fail_at(value.column,
                     fmt::format("Expected a numeric value for {} when using comparator '{}'. Got value '{:.80}'", what.what, test.op, value.text));
    }
    return Clause{fmt::format("{} AND a.number {} {})", there, test.op, bind(number))};
  }
  if (test.kind == ClauseTest::Kind::like) return Clause{fmt::format("{} AND {})", there, TRY(text_test("a.value", what, test)))};
  const auto same = fmt::format("(a.value = {} OR a.value = {})", bind(value.text), bind(json::to_text(value.text)));
  return Clause{fmt::format("{} AND {}{})", there, test.op == "!=" ? "NOT " : "", same)};
}

}  // namespace gyre::traces
