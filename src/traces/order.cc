#include <fmt/format.h>

#include <set>

#include "traces/filter.h"
#include "traces/subject.h"

namespace gyre::traces {
namespace {

constexpr std::size_t kMaxOrderTerms = 16;

struct Term {
  Subject subject;
  bool descending = false;
};

std::unexpected<Error> unparsed(std::string_view item) {
  return fail(Code::invalid, fmt::format("Invalid order_by clause '{:.80}'. Could not be parsed.", item));
}

Result<Term> term_of(std::string_view item) {
  Lexer lexer(item);
  auto token = lexer.next();
  const auto is_name = [&] { return token && (token->kind == Token::Kind::word || token->kind == Token::Kind::name || token->kind == Token::Kind::quoted); };
  if (!is_name()) return unparsed(item);
  std::string entity, key = token->text;
  for (token = lexer.next(); token && token->is("."); token = lexer.next()) {
    token = lexer.next();
    if (!is_name()) return unparsed(item);
    if (entity.empty()) {
      entity = std::exchange(key, token->text);
    } else {
      key += "." + token->text;
    }
  }
  if (!token) return unparsed(item);
  const bool descending = token->is_word("desc");
  if (descending || token->is_word("asc")) token = lexer.next();
  if (!token || token->kind != Token::Kind::end) return unparsed(item);
  if (entity.empty() && lower(key) == "experiment_id") return Term{{Subject::Kind::number, "t.experiment_id", "", "experiment_id", 1}, descending};
  return Term{TRY(subject_of(entity, key, 1)), descending};
}

}  // namespace

Result<tracking::Order> order(const std::vector<std::string>& order_by, std::size_t first_parameter) {
  if (order_by.size() > kMaxOrderTerms) return fail(Code::invalid, fmt::format("order_by has more than {} terms", kMaxOrderTerms));
  tracking::Order out;
  std::set<std::string> seen;
  for (const auto& item : order_by) {
    const auto [subject, descending] = TRY(term_of(item));
    std::string expression = subject.sql;
    const bool metadata = subject.kind == Subject::Kind::metadata || subject.kind == Subject::Kind::run;
    if (metadata || subject.kind == Subject::Kind::tag) {
      out.values.emplace_back(subject.key);
      expression =
          fmt::format("(SELECT n.value FROM {} AS n WHERE n.trace_id = t.id AND n.key = ${})", metadata ? "trace_metadata" : "trace_tags", first_parameter++);
    } else if (subject.kind != Subject::Kind::text && subject.kind != Subject::Kind::number) {
      return fail(Code::invalid, fmt::format("Invalid order_by entity `{}` with key `{:.80}`", subject.what, item));
    }
    if (!seen.insert(fmt::format("{} {} {}", static_cast<int>(subject.kind), subject.sql, subject.key)).second) {
      return fail(Code::invalid, fmt::format("`order_by` contains duplicate fields: {}", fmt::join(order_by, ", ")));
    }
    out.keys.push_back({fmt::format("CASE WHEN {} IS NULL THEN 1 ELSE 0 END", expression), false});
    out.keys.push_back({expression, descending});
  }
  out.keys.push_back({"t.start_ms", true});
  out.keys.push_back({"t.id", false});
  return out;
}

}  // namespace gyre::traces
