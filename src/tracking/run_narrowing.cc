#include "tracking/run_narrowing.h"

#include <algorithm>

#include "tracking/filter_syntax.h"

namespace gyre::tracking {
namespace {

// metrics.KEY SIGN NUMBER
struct Limit {
  std::string key, sign;
  double number = 0;
};

std::optional<Limit> limit_of(const Node& node) {
  if (node.kind != Node::Kind::comparison || node.text == "!=") return std::nullopt;
  const auto &left = node.parts[0], &right = node.parts[1];
  const bool metric = left.kind == Node::Kind::field && (left.entity == "metric" || left.entity == "metrics");
  if (!metric || right.kind != Node::Kind::number) return std::nullopt;
  return Limit{left.text, node.text, right.number};
}

// Those that hold for all runs that are found.
std::vector<Limit> limits_of(std::string_view filter) {
  std::vector<Limit> limits;
  const auto tree = parse_filter(filter);
  if (!tree || !*tree) return limits;
  const auto& top = **tree;
  const auto add = [&](const Node& node) {
    if (auto limit = limit_of(node)) limits.push_back(*std::move(limit));
  };
  if (top.kind != Node::Kind::both) add(top);
  if (top.kind == Node::Kind::both) std::ranges::for_each(top.parts, add);
  return limits;
}

Result<bool> leaves_few(sql::Tx& tx, const Limit& limit) {
  const auto text = fmt::format("SELECT 1 FROM metric_series WHERE key = $1 AND latest_value {} $2 LIMIT 1 OFFSET {}", limit.sign, kFewRuns);
  const sql::Value args[] = {sql::to_value(limit.key), sql::to_value(limit.number)};
  bool more = false;
  TRY(tx.run_with(text, args, [&](std::span<const sql::Value>) { more = true; }));
  return !more;
}

}  // namespace

Result<Statement> narrowed(sql::Tx& tx, const Statement& whole, std::string_view filter) {
  for (const auto& limit : limits_of(filter)) {
    if (!TRY(leaves_few(tx, limit))) continue;
    auto made = whole;
    made.from = "metric_series AS f CROSS JOIN runs AS r";  // in this order
    const auto key = made.bind(limit.key), number = made.bind(limit.number);
    made.where = fmt::format("f.key = {} AND f.latest_value {} {} AND r.id = f.run_id AND {}", key, limit.sign, number, whole.where);
    return made;
  }
  return whole;
}

}  // namespace gyre::tracking
