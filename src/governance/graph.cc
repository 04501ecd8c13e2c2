#include <fmt/format.h>

#include <set>

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
  std::set<std::string> seen;
  std::set<std::pair<std::string, std::string>> edges_seen;

  Result<void> go(const std::string& start, int hops, bool up) {
    std::vector<std::string> frontier{start};
    for (int hop = 0; hop < hops && !frontier.empty(); ++hop) {
      std::vector<std::string> next;
      for (const auto& urn : frontier) TRY(step(urn, up, next));
      frontier = std::move(next);
    }
    return {};
  }

  Result<void> step(const std::string& urn, bool up, std::vector<std::string>& next) {
    const auto query = fmt::format("SELECT cause, effect, relation, at_ms FROM graph_edges WHERE {} = $1 ORDER BY at_ms DESC LIMIT $2", up ? "effect" : "cause");
    for (auto& edge : TRY(tx.select<EdgeRow>(query, urn, kMaxNeighbours))) {
      const auto other = up ? edge.from : edge.to;
      if (!seen.contains(other)) {
        if (seen.size() >= limit) {
          found.cut = true;
          continue;
        }
        seen.insert(other);
        next.push_back(other);
      }
      if (edges_seen.emplace(edge.from, edge.to).second) found.edges.push_back({std::move(edge.from), std::move(edge.to), std::move(edge.relation), edge.at_ms});
    }
    return {};
  }
};

}  // namespace

std::string urn(std::string_view kind, std::string_view id) { return fmt::format("gyre:{}:{}:{}", kProject, kind, id); }

Result<void> put_node(sql::Tx& tx, const Node& node) {
  return tx.exec("INSERT INTO graph_nodes (urn, kind, name, at_ms, attributes) VALUES ($1, $2, $3, $4, $5) "
                 "ON CONFLICT (urn) DO UPDATE SET name = excluded.name, attributes = excluded.attributes",
                 node.urn, node.kind, node.name, node.at_ms, json::to_text(node.attributes.is_null() ? json::Value(json::Object{}) : node.attributes));
}

Result<void> link(sql::Tx& tx, const Edge& edge) {
  return tx.exec("INSERT INTO graph_edges (cause, effect, relation, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", edge.from, edge.to, edge.relation,
                 edge.at_ms);
}

Result<Node> Service::find(std::string_view reference) {
  return db_.read([&](sql::Tx& tx) -> Result<Node> {
    auto rows = TRY(tx.select<NodeRow>(std::string(kNodeColumns) + "WHERE urn = $1", reference));
    if (rows.empty()) rows = TRY(tx.select<NodeRow>(std::string(kNodeColumns) + "WHERE name = $1 ORDER BY at_ms DESC LIMIT 1", reference));
    if (rows.empty()) return fail(Code::not_found, fmt::format("nothing is known of '{:.120}'", reference), {}, "name a commit, run, model version (model@3), endpoint, alert or decision");
    return to_node(std::move(rows.front()));
  });
}

Result<Lineage> Service::lineage(std::string_view urn, int up, int down, std::size_t limit) {
  const auto focus = TRY(find(urn));
  return db_.read([&](sql::Tx& tx) -> Result<Lineage> {
    Lineage found{focus.urn, {}, {}, false};
    Walk walk{tx, std::min(limit, kMaxLineageNodes), found, {focus.urn}, {}};
    TRY(walk.go(focus.urn, up, true));
    TRY(walk.go(focus.urn, down, false));
    for (const auto& seen : walk.seen) {
      for (auto& row : TRY(tx.select<NodeRow>(std::string(kNodeColumns) + "WHERE urn = $1", seen))) found.nodes.push_back(TRY(to_node(std::move(row))));
    }
    return found;
  });
}

}  // namespace gyre::governance
