// gyre lineage: what came from what, as a tree each way.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

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
  static constexpr std::size_t kMaxChildren = 12, kMaxDepth = 16;  // of one node in the picture; nodes below one another

  // "◈ flights-late@3  champion  registered by"
  std::string line(const std::string& urn, const std::string& relation) const {
    const auto found = nodes_.find(urn);
    if (found == nodes_.end()) return safe(urn);
    const auto& node = found->second;
    const auto& link = node["link"];
    auto text_line = fmt::format("{} {}", kind_glyph(link["kind"].string_or("")), urn == focus_ ? paint(reference(link), Tone::bold) : reference(link));
    const auto status = node["status"].string_or("");
    if (status != "none" && !status.empty()) text_line += fmt::format(" {}", glyph(status));
    if (const auto detail = node["detail"].string_or(""); !detail.empty()) text_line += fmt::format("  {}", safe(detail));
    if (!node["at"].is_null()) text_line += paint(fmt::format("  {}", moment(node["at"])), Tone::dim);
    if (!relation.empty()) text_line += paint(fmt::format("  {}", relation), Tone::dim);
    return text_line;
  }

  void print_tree(std::string_view title, const Edges& edges, std::string_view more) {
    heading(title);
    drawn_ = {focus_};
    if (!edges.contains(focus_)) fmt::print("{}\n", paint("  nothing that is known", Tone::dim));
    print_children(focus_, edges, more, "", 0);
  }

  void print_children(const std::string& urn, const Edges& edges, std::string_view more, const std::string& indent, std::size_t depth) {
    const auto found = edges.find(urn);
    const std::vector<Edge> none;
    const auto& children = found == edges.end() ? none : found->second;
    const auto shown = std::min(children.size(), kMaxChildren);
    const auto node = nodes_.find(urn);
    const auto beyond = static_cast<std::int64_t>(children.size() - shown) + (node == nodes_.end() ? 0 : node->second[more].int_or(0));
    const bool lines = utf8();
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& child = children[i];
      const bool last = i + 1 == shown && beyond == 0;
      const bool again = !drawn_.insert(child.to).second;
      fmt::print("{}{}{}{}\n", indent, paint(last ? (lines ? "└─ " : "`- ") : (lines ? "├─ " : "|- "), Tone::dim), line(child.to, child.relation), again ? paint("  (above)", Tone::dim) : "");
      if (!again && depth + 1 < kMaxDepth) print_children(child.to, edges, more, indent + (last ? "   " : lines ? paint("│  ", Tone::dim) : "|  "), depth + 1);
    }
    if (beyond > 0) fmt::print("{}{}{}\n", indent, paint(lines ? "└─ " : "`- ", Tone::dim), paint(fmt::format("{} more", beyond), Tone::dim));
  }

  std::map<std::string, json::Value> nodes_;
  Edges causes_, effects_;
  std::string focus_;
  std::set<std::string> drawn_;
};

Result<int> show(const Invocation& call) {
  Remote remote(call);
  const auto lineage = TRY(remote.get("/api/v1/lineage", {{"focus", call.positional("ref")}, {"up", call.option("up", "2")}, {"down", call.option("down", "2")}}));
  if (call.json) return print_document(call, "lineage/1", lineage);
  if (call.quiet) {
    for (const auto& node : items(lineage["nodes"])) fmt::print("{}\n", reference(node["link"]));
    return kDone;
  }
  Picture picture(lineage);
  if (!human()) return picture.print_rows(), kDone;
  if (const auto sentence = lineage["sentence"].string_or(""); !sentence.empty()) fmt::print("{}\n\n", safe(sentence));
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
