// The graph of what came from what, and the log of who did what.
#pragma once

#include "base/clock.h"
#include "base/figures.h"
#include "base/findings.h"
#include "base/json.h"
#include "storage/sql/migrate.h"

namespace gyre::governance {

inline constexpr std::string_view kProject = "default";

// "gyre:default:<kind>:<id>".
std::string urn(std::string_view kind, std::string_view id);

struct Node {
  std::string urn, kind, name;
  TimeMs at_ms = 0;
  json::Value attributes;
};

// `from` is the cause, `to` the effect.
struct Edge {
  std::string from, to;
  std::string relation;  // "trained", "produced", "registered", "deployed", "scored", "raised", "decided", ...
  TimeMs at_ms = 0;
};

struct AuditEntry {
  TimeMs at_ms = 0;
  std::string actor;    // "user:…", "policy:…", "pipeline:…"
  std::string action;   // "endpoint.deploy"
  std::string subject;  // URN
  json::Value details;
};

// These write into the caller's transaction, so that graph and log are never behind or ahead of the facts.
Result<void> put_node(sql::Tx& tx, const Node& node);
Result<void> link(sql::Tx& tx, const Edge& edge);
Result<void> audit(sql::Tx& tx, const AuditEntry& entry);

Result<bool> is_known(sql::Tx& tx, std::string_view urn);  // whether the graph has such a node

// Whether something came of the node by that relation.
Result<bool> has_effect(sql::Tx& tx, std::string_view urn, std::string_view relation);
// The node and its edges under another URN; nothing where there is no such node. The audit log tells of what was, and stays.
Result<void> rename_node(sql::Tx& tx, std::string_view urn, std::string_view new_urn, std::string_view new_name);

// A node as it stands around a focus.
struct PlacedNode : Node {
  int hops = 0;                             // negative: a cause; 0: the focus
  std::int64_t more_up = 0, more_down = 0;  // edges that leave the picture
};

struct Lineage {
  std::string focus;
  std::vector<PlacedNode> nodes;  // the farthest causes first
  std::vector<Edge> edges;
  bool cut = false;  // more than the limit
};

struct LoggedEntry {
  std::int64_t seq = 0;
  AuditEntry entry;
  std::string hash;
};

constexpr std::size_t kMaxLineageNodes = 400;

// Thread-safe.
class Service {
 public:
  explicit Service(sql::Db& db) : db_(db) {}

  // Causes up to `up` steps away and effects up to `down` steps away. `not_found` for an unknown node.
  Result<Lineage> lineage(std::string_view urn, int up, int down, std::size_t limit = kMaxLineageNodes);
  // The node whose name or URN is `reference` ("flights-late@3", "gyre:…").
  Result<Node> find(std::string_view reference);
  // Nodes whose name or id begins with `text`, or has it within; the former first, then the newest; windows last.
  Result<std::vector<Node>> search(std::string_view text, std::size_t limit);
  // Newest first, those before `before_seq` (0: from the end).
  Result<std::vector<LoggedEntry>> audit_log(std::int64_t before_seq, std::size_t limit);
  Result<Figures> figures();
  // Recomputes the chain of hashes and looks for edges without nodes.
  Result<Findings> verify();

 private:
  sql::Db& db_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::governance
