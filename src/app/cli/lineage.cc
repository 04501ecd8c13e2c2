// gyre lineage: what came from what, as a tree each way.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/cli/run_ref.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

struct Edge {
  std::string to, relation;
};

// The answer as trees that hang on the focus.
class Picture {
 public:
  explicit Picture(const json::Value& lineage) {
    for (const auto& node : items(lineage["nodes"])) nodes_[node["urn"].string_or("")] = node;
    for (const auto& edge : items(lineage["edges"])) {
      const auto from = edge["from"].string_or(""), to = edge["to"].string_or(""), relation = edge["relation"].string_or("");
      causes_[to].push_back({from, relation});
      effects_[from].push_back({to, relation});
    }
    focus_ = lineage["focus"].string_or("");
  }

  void print() {
    fmt::print("{}\n", line(focus_, ""));
    print_tree("up: what it came from", causes_, "more_up");
    print_tree("down: what came of it", effects_, "more_down");
  }

  // One row a node for programs: hops, kind, reference, status, detail, time.
  void print_rows() const {
    Table table({{"HOPS", true}, {"KIND"}, {"REF"}, {"STATUS"}, {"DETAIL"}, {"AT"}});
    for (const auto& [urn, node] : nodes_) {
      const auto& link = node["link"];
      table.add({std::to_string(node["hops"].int_or(0)), text(link["kind"]), reference(link), text(node["status"]), text(node["detail"]), text(node["at"])});
    }
    table.print();
  }

 private:
  using Edges = std::map<std::string, std::vector<Edge>>;
  static constexpr std::size_t kMaxOfAKind = 3, kMaxDepth = 16;  // below one node in the picture; nodes below one another

  // "◈ flights-late@3 ● champion, 16 Apr 2001, registered"
  std::string line(const std::string& urn, const std::string& relation) const {
    const auto found = nodes_.find(urn);
    if (found == nodes_.end()) return safe(urn);
    const auto& node = found->second;
    const auto status = node["status"].string_or("");
    std::string about;
    for (const auto& part : {safe(node["detail"].string_or("")), node["at"].is_null() ? "" : day(node["at"]), relation})
      about += part.empty() ? "" : fmt::format("{}{}", about.empty() ? "  " : ", ", part);
    const auto name = label(node["link"]);
    return fmt::format("{}{}{}", urn == focus_ ? paint(name, Tone::bold) : name, status == "none" || status.empty() ? "" : " " + glyph(status),
                       paint(about, Tone::dim));
  }

  std::string kind_of(const std::string& urn) const {
    const auto found = nodes_.find(urn);
    return found == nodes_.end() ? "" : found->second["link"]["kind"].string_or("");
  }

  // At most so many of a kind; the rest is counted.
  std::vector<Edge> chosen(const std::vector<Edge>& children) const {
    std::map<std::string, std::size_t> seen;
    std::vector<Edge> some;
    for (const auto& child : children) {
      if (++seen[kind_of(child.to)] <= kMaxOfAKind) some.push_back(child);
    }
    return some;
  }

  void print_tree(std::string_view title, const Edges& edges, std::string_view more) {
    heading(title);
    drawn_ = {focus_};
    const auto focus = nodes_.find(focus_);
    const bool more_there = focus != nodes_.end() && focus->second[more].int_or(0) > 0;
    if (!edges.contains(focus_) && !more_there) fmt::print("{}\n", paint("  nothing that is known", Tone::dim));
    print_children(focus_, edges, more, "", 0);
  }

  void print_children(const std::string& urn, const Edges& edges, std::string_view more, const std::string& indent, std::size_t depth) {
    const auto found = edges.find(urn);
    const auto all = found == edges.end() ? 0 : found->second.size();
    const auto shown = found == edges.end() ? std::vector<Edge>() : chosen(found->second);
    const auto node = nodes_.find(urn);
    const auto beyond = static_cast<std::int64_t>(all - shown.size()) + (node == nodes_.end() ? 0 : node->second[more].int_or(0));
    const bool lines = utf8();
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const auto& child = shown[i];
      const bool last = i + 1 == shown.size() && beyond == 0;
      const bool again = !drawn_.insert(child.to).second;
      const auto branch = last ? (lines ? "└─ " : "`- ") : (lines ? "├─ " : "|- ");
      fmt::print("{}\n", shorten_end(fmt::format("{}{}{}{}", indent, paint(branch, Tone::dim), line(child.to, child.relation),
                                                 again ? paint(", above", Tone::dim) : ""),
                                     terminal_width()));
      if (!again && depth + 1 < kMaxDepth) print_children(child.to, edges, more, indent + (last ? "   " : lines ? paint("│  ", Tone::dim) : "|  "), depth + 1);
    }
    if (beyond > 0) fmt::print("{}{}{}\n", indent, paint(lines ? "└─ " : "`- ", Tone::dim), paint(fmt::format("{} more", beyond), Tone::dim));
  }

  std::map<std::string, json::Value> nodes_;
  Edges causes_, effects_;
  std::string focus_;
  std::set<std::string> drawn_;
};

// The server takes one of several runs of a name; whose lineage that is, nobody could tell.
Result<void> refuse_if_several(Remote& remote, const std::string& name, const json::Value& lineage) {
  const auto focus = lineage["focus"].string_or("");
  if (!focus.contains(":run:") || focus.ends_with(name)) return {};
  return refuse_namesakes(remote, name);
}

Result<int> show(const Invocation& call) {
  Remote remote(call);
  const auto lineage =
      TRY(remote.get("/api/v1/lineage", {{"focus", call.positional("ref")}, {"up", call.option("up", "2")}, {"down", call.option("down", "2")}}));
  TRY(refuse_if_several(remote, without_kind(call.positional("ref"), "run"), lineage));
  if (call.json) return print_document(call, "lineage/1", lineage);
  if (call.quiet) {
    for (const auto& node : items(lineage["nodes"])) fmt::print("{}\n", reference(node["link"]));
    return kDone;
  }
  Picture picture(lineage);
  if (!human()) return picture.print_rows(), kDone;
  for (const auto& line : wrapped(safe(lineage["sentence"].string_or("")), terminal_width())) fmt::print("{}\n", line);
  fmt::print("\n");
  picture.print();
  return kDone;
}

const Command kCommands[] = {
    {.noun = "lineage",
     .verb = "",
     .summary = "What an object came from, and what came of it",
     .example = "gyre lineage flights-late@3\ngyre lineage flights@main --down 4\ngyre lineage endpoint:flights-late --up 3",
     .positionals = {{"ref", "flights@main, flights-late@3, run:NAME, endpoint:NAME, an id, or a URN", true, false, Names::version}},
     .options = {{"up", "N", "steps towards causes, 0 to 8 (2)"}, {"down", "N", "steps towards effects, 0 to 8 (2)"}},
     .run = show},
};

}  // namespace

std::span<const Command> lineage_commands() { return kCommands; }

}  // namespace gyre::cli
