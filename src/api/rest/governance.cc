// /lineage: what came from what; /audit: who did what
#include <algorithm>

#include "api/rest/describe.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

constexpr std::int64_t kMaxHops = 8;
constexpr std::size_t kKindsTold = 3;

std::string counted(std::string_view kind, std::int64_t n) {
  std::string word(kind == "model-version" ? "version" : kind);
  std::ranges::replace(word, '-', ' ');
  if (n != 1) word = word.ends_with("y") ? word.substr(0, word.size() - 1) + "ies" : word + "s";
  return fmt::format("{} {}", n, word);
}

// "2 commits, 1 pipeline run": of those on one side of the focus.
std::string told(const governance::Lineage& lineage, bool up) {
  std::vector<std::pair<std::string, std::int64_t>> counts;
  for (const auto& node : lineage.nodes) {
    if (node.hops == 0 || (node.hops < 0) != up) continue;
    auto found = std::ranges::find(counts, node.kind, &std::pair<std::string, std::int64_t>::first);
    if (found == counts.end()) found = counts.emplace(counts.end(), node.kind, 0);
    ++found->second;
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(kKindsTold, counts.size()); ++i) text += (text.empty() ? "" : ", ") + counted(counts[i].first, counts[i].second);
  if (counts.size() > kKindsTold) text += " and more";
  return text;
}

std::string sentence_of(const governance::Lineage& lineage, const std::string& name) {
  const auto up = told(lineage, true), down = told(lineage, false);
  if (up.empty() && down.empty()) return fmt::format("Nothing is known around {} yet.", name);
  if (down.empty()) return fmt::format("{} comes from {}; nothing came of it yet.", name, up);
  if (up.empty()) return fmt::format("{} stands at the beginning; it reaches {}.", name, down);
  return fmt::format("{} comes from {}; it reaches {}.", name, up, down);
}

void write_node(Writer& writer, const Rooms& rooms, const governance::PlacedNode& node) {
  const auto described = describe(rooms, node);
  writer.begin_object();
  writer.field("urn", node.urn);
  link_field(writer, "link", link_of(node.urn, &node));
  writer.field("status", described.status);
  writer.field("detail", described.detail);
  maybe_time_field(writer, "at", node.at_ms);
  writer.field("hops", node.hops);
  writer.field("more_up", node.more_up);
  writer.field("more_down", node.more_down);
  writer.end_object();
}

void write_edge(Writer& writer, const governance::Edge& edge) {
  writer.begin_object();
  writer.field("from", edge.from);
  writer.field("to", edge.to);
  writer.field("relation", edge.relation);
  maybe_time_field(writer, "at", edge.at_ms);
  writer.end_object();
}

Result<net::Response> get_lineage(const Rooms& rooms, const net::Request& request) {
  const auto focus = TRY(urn_of(rooms, TRY(request.required_query("focus"))));
  const auto up = TRY(request.query_int("up", 2, 0, kMaxHops)), down = TRY(request.query_int("down", 2, 0, kMaxHops));
  const auto lineage = TRY(rooms.governance.lineage(focus, static_cast<int>(up), static_cast<int>(down)));
  const auto at = std::ranges::find(lineage.nodes, lineage.focus, &governance::Node::urn);
  Writer writer;
  writer.begin_object();
  writer.field("focus", lineage.focus);
  writer.field("sentence", sentence_of(lineage, link_of(lineage.focus, at == lineage.nodes.end() ? nullptr : &*at).name));
  writer.key("nodes");
  writer.begin_array();
  for (const auto& node : lineage.nodes) write_node(writer, rooms, node);
  writer.end_array();
  writer.key("edges");
  writer.begin_array();
  for (const auto& edge : lineage.edges) write_edge(writer, edge);
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

void write_entry(Writer& writer, const governance::LoggedEntry& logged) {
  const auto& entry = logged.entry;
  writer.begin_object();
  writer.field("seq", logged.seq);
  time_field(writer, "at", entry.at_ms);
  writer.field("actor", entry.actor);
  writer.field("action", entry.action);
  link_field(writer, "subject", link_of(entry.subject));
  writer.key("details");
  writer.value(entry.details);
  writer.field("hash", logged.hash);
  writer.end_object();
}

// Entries are numbered without a gap, so the newest one's number is how many there are.
Result<net::Response> list_audit(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto before_seq = TRY(page.offset());
  const auto newest = TRY(rooms.governance.audit_log(0, 1));
  const auto rows = TRY(rooms.governance.audit_log(before_seq, static_cast<std::size_t>(page.limit)));
  const auto more = !rows.empty() && rows.back().seq > 1;
  return list_reply(newest.empty() ? 0 : newest.front().seq, more ? std::optional(std::to_string(rows.back().seq)) : std::nullopt, rows, write_entry);
}

}  // namespace

void add_governance_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/lineage", get_lineage);
  add(router, rooms, "GET", "/audit", list_audit);
}

}  // namespace gyre::rest
