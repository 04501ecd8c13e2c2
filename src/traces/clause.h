// One clause of a filter as SQL: what it speaks of, and the test of it. Inside traces/ only.
#pragma once

#include "traces/filter.h"
#include "traces/subject.h"

namespace gyre::traces {

// An operator with its right side.
struct ClauseTest {
  enum class Kind { compare, like, in, null } kind = Kind::compare;
  std::string op;                             // of compare
  bool negated = false;                       // of in, like and null
  bool ignore_case = false, pattern = false;  // of like: ILIKE, RLIKE
  std::vector<Token> values;
  std::size_t column = 1;
};

// Its condition on `traces AS t`; one about a span is on `spans AS s`.
struct Clause {
  std::string text;
  bool about_span = false;
};

class ClauseWriter {
 public:
  ClauseWriter(sql::Dialect dialect, std::size_t first_parameter) : dialect_(dialect), next_parameter_(first_parameter) {}

  Result<Clause> condition(const Subject& what, const ClauseTest& test);
  std::vector<Bound> take_values() { return std::move(values_); }

 private:
  std::string bind(Bound value);
  // `json`: the text stands in JSON, escaped.
  Result<std::string> text_test(std::string_view left, const Subject& what, const ClauseTest& test, bool json = false);
  Result<std::string> number_test(const Subject& what, const ClauseTest& test);
  Result<Clause> note_test(std::string_view table, const Subject& what, const ClauseTest& test);
  Result<Clause> run_test(const Subject& what, const ClauseTest& test);
  Result<Clause> prompt_test(const ClauseTest& test);
  Result<Clause> attribute_test(const Subject& what, const ClauseTest& test);
  Result<Clause> assessment_test(const Subject& what, const ClauseTest& test);

  const sql::Dialect dialect_;
  std::size_t next_parameter_;
  std::vector<Bound> values_;
};

}  // namespace gyre::traces
