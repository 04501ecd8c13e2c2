#include "app/cli/run_tree.h"

#include <map>
#include <set>

namespace gyre::cli {
namespace {

class Forest {
 public:
  Forest(const json::Array& rows, const std::function<std::string(const json::Value& row)>& parent_of, bool lines) : rows_(rows), lines_(lines) {
    for (const auto& row : rows) by_id_[row["id"].string_or("")] = &row;
    for (const auto& row : rows) {
      const auto parent = by_id_.find(parent_of(row));
      if (parent == by_id_.end()) continue;
      parent_[&row] = parent->second;
      children_[parent->second].push_back(&row);
    }
  }

  std::vector<TreeRow> all() && {
    for (const auto& row : rows_) add(root_of(&row));
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kDeepestDrawn = 16;  // what is deeper stands at that depth: tags may nest runs without an end

  struct Place {
    const json::Value* row;
    std::string branch, below;  // in front of it and of its children
    std::size_t depth;
  };

  // Tags may say anything, also that a run is its own grandparent: then whoever is met twice is the root. Each row is walked once.
  const json::Value* root_of(const json::Value* row) {
    std::vector<const json::Value*> path;
    for (auto parent = parent_.find(row); parent != parent_.end() && root_.try_emplace(row, nullptr).second; parent = parent_.find(row)) {
      path.push_back(row);
      row = parent->second;
    }
    const auto known = root_.find(row);
    const auto* root = known == root_.end() || known->second == nullptr ? row : known->second;
    for (const auto* one : path) root_[one] = root;
    return root;
  }

  void add(const json::Value* root) {
    std::vector<Place> next{{root, "", "", 0}};
    while (!next.empty()) {
      const auto place = std::move(next.back());
      next.pop_back();
      if (!added_.insert(place.row).second) continue;
      out_.push_back({place.row, place.branch});
      if (const auto found = children_.find(place.row); found != children_.end()) add_children(place, found->second, next);
    }
  }

  // In front of what waits already, the first of them first.
  void add_children(const Place& parent, const std::vector<const json::Value*>& children, std::vector<Place>& next) const {
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
      const bool last = child == children.rbegin();
      const auto branch = parent.below + (last ? (lines_ ? "└─ " : "`- ") : (lines_ ? "├─ " : "|- "));
      const bool deepest = parent.depth + 1 >= kDeepestDrawn;
      next.push_back({*child, branch, deepest ? parent.below : parent.below + (last ? "   " : (lines_ ? "│  " : "|  ")), parent.depth + 1});
    }
  }

  const json::Array& rows_;
  const bool lines_;
  std::map<std::string, const json::Value*> by_id_;
  std::map<const json::Value*, const json::Value*> parent_;
  std::map<const json::Value*, std::vector<const json::Value*>> children_;
  std::map<const json::Value*, const json::Value*> root_;  // nothing while its way is walked
  std::set<const json::Value*> added_;
  std::vector<TreeRow> out_;
};

}  // namespace

std::vector<TreeRow> as_tree(const json::Array& rows, const std::function<std::string(const json::Value& row)>& parent_of, bool lines) {
  return Forest(rows, parent_of, lines).all();
}

}  // namespace gyre::cli
