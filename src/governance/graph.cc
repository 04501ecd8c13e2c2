#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "governance/governance.h"

namespace gyre::governance {
namespace {

struct NodeRow {
  std::string urn, kind, name;
  std::int64_t at_ms;
  std::string attributes;
};

struct EdgeRow {
  std::string from, to, relation;
  std::int64_t at_ms;
};

Result<Node> to_node(NodeRow row) { return Node{std::move(row.urn), std::move(row.kind), std::move(row.name), row.at_ms, TRY(json::parse(row.attributes))}; }

constexpr auto kNodeColumns = "SELECT urn, kind, name, at_ms, attributes FROM graph_nodes ";
constexpr std::int64_t kMaxNeighbours = 200;

// Walks one direction, breadth first, until the limit.
struct Walk {
  sql::Tx& tx;
  std::size_t limit;
  Lineage& found;
  std::map<std::string, int> seen;  // URN -> hops from the focus
  std::set<std::pair<std::string, std::string>> edges_seen;

  Result<void> go(const std::string& start, int hops, bool up) {
    std::vector<std::string> frontier{start};
    for (int hop = 0; hop < hops && !frontier.empty(); ++hop) {
      std::vector<std::string> next;
      for (const auto& urn : frontier) TRY(step(urn, up, (hop + 1) * (up ? -1 : 1), next));
      frontier = std::move(next);
    }
    return {};
  }

  Result<void> step(const std::string& urn, bool up, int hops, std::vector<std::string>& next) {
    const auto query =
        fmt::format("SELECT cause, effect, relation, at_ms FROM graph_edges WHERE {} = $1 ORDER BY at_ms DESC LIMIT $2", up ? "effect" : "cause");
    for (auto& edge : TRY(tx.select<EdgeRow>(query, urn, kMaxNeighbours))) {
      const auto other = up ? edge.from : edge.to;
      if (!seen.contains(other)) {
        if (seen.size() >= limit) {
          found.cut = true;
          continue;
        }
        seen.emplace(other, hops);
        next.push_back(other);
      }
      if (edges_seen.emplace(edge.from, edge.to).second)
        found.edges.push_back({std::move(edge.from), std::move(edge.to), std::move(edge.relation), edge.at_ms});
    }
    return {};
  }
};

using EdgesSeen = std::set<std::pair<std::string, std::string>>;

// How many edges of a node are not among those shown.
Result<PlacedNode> placed(sql::Tx& tx, Node node, int hops, const EdgesSeen& shown) {
  struct Number {
    std::int64_t n;
  };
  const auto up = TRY(tx.select<Number>("SELECT COUNT(DISTINCT cause) FROM graph_edges WHERE effect = $1", node.urn)).front().n;
  const auto down = TRY(tx.select<Number>("SELECT COUNT(DISTINCT effect) FROM graph_edges WHERE cause = $1", node.urn)).front().n;
  const auto shown_up = std::ranges::count_if(shown, [&](const auto& edge) { return edge.second == node.urn; });
  const auto shown_down = std::ranges::count_if(shown, [&](const auto& edge) { return edge.first == node.urn; });
  return PlacedNode{std::move(node), hops, up - shown_up, down - shown_down};
}

// For LIKE with ESCAPE '!'.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '!') out += '!';
    out += c;
  }
  return out;
}

}  // namespace

std::string urn(std::string_view kind, std::string_view id) { return fmt::format("gyre:{}:{}:{}", kProject, kind, id); }

Result<void> put_node(sql::Tx& tx, const Node& node) {
  return tx.exec_late(
      "INSERT INTO graph_nodes (urn, kind, name, at_ms, attributes) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (urn) DO UPDATE SET name = excluded.name, attributes = excluded.attributes",
      node.urn, node.kind, node.name, node.at_ms, json::to_text(node.attributes.is_null() ? json::Value(json::Object{}) : node.attributes));
}

Result<bool> is_known(sql::Tx& tx, std::string_view urn) {
  struct Row {
    std::string urn;
  };
  return TRY(tx.select_one<Row>("SELECT urn FROM graph_nodes WHERE urn = $1", urn)).has_value();
}

Result<void> link(sql::Tx& tx, const Edge& edge) {
  return tx.exec_late("INSERT INTO graph_edges (cause, effect, relation, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", edge.from, edge.to,
                      edge.relation, edge.at_ms);
}

Result<Node> Service::find(std::string_view reference) {
  return db_.read([&](sql::Tx& tx) -> Result<Node> {
    auto rows = TRY(tx.select<NodeRow>(std::string(kNodeColumns) + "WHERE urn = $1", reference));
    if (rows.empty()) rows = TRY(tx.select<NodeRow>(std::string(kNodeColumns) + "WHERE name = $1 ORDER BY at_ms DESC LIMIT 1", reference));
    if (rows.empty())
      return fail(Code::not_found, fmt::format("nothing is known of '{:.120}'", reference), {},
                  "name a commit, run, model version (model@3), endpoint, alert or decision");
    return to_node(std::move(rows.front()));
  });
}

Result<std::vector<Node>> Service::search(std::string_view text, std::size_t limit) {
  const auto begins = escaped(text) + "%", within = "%" + begins,
             id_begins = fmt::format("gyre:%:%:{}", begins);  // lower(): LIKE minds the case on one of the databases alone
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Node>> {
    std::vector<Node> nodes;
    const auto query =
        std::string(kNodeColumns) +
        "WHERE lower(name) LIKE lower($1) ESCAPE '!' OR lower(urn) LIKE lower($2) ESCAPE '!' "
        "ORDER BY CASE WHEN kind = 'window' THEN 2 WHEN lower(name) LIKE lower($3) ESCAPE '!' OR lower(urn) LIKE lower($2) ESCAPE '!' THEN 0 ELSE 1 END, "
        "at_ms DESC, urn LIMIT $4";
    for (auto& row : TRY(tx.select<NodeRow>(query, within, id_begins, begins, static_cast<std::int64_t>(limit)))) nodes.push_back(TRY(to_node(std::move(row))));
    return nodes;
  });
}

Result<Lineage> Service::lineage(std::string_view urn, int up, int down, std::size_t limit) {
  const auto focus = TRY(find(urn));
  return db_.read([&](sql::Tx& tx) -> Result<Lineage> {
    Lineage found{focus.urn, {}, {}, false};
    Walk walk{tx, std::min(limit, kMaxLineageNodes), found, {{focus.urn, 0}}, {}};
    TRY(walk.go(focus.urn, up, true));
    TRY(walk.go(focus.urn, down, false));
    for (const auto& [seen, hops] : walk.seen) {
      for (auto& row : TRY(tx.select<NodeRow>(std::string(kNodeColumns) + "WHERE urn = $1", seen)))
        found.nodes.push_back(TRY(placed(tx, TRY(to_node(std::move(row))), hops, walk.edges_seen)));
    }
    std::ranges::sort(found.nodes, {}, [](const PlacedNode& node) { return std::tuple(node.hops, -node.at_ms, std::string_view(node.urn)); });
    return found;
  });
}

}  // namespace gyre::governance
