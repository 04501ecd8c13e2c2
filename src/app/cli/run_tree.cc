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
    for (const auto& row : rows_) add(root_of(&row), "", "");
    return std::move(out_);
  }

 private:
  // Tags may say anything, also that a run is its own grandparent: then whoever is met twice is the root.
  const json::Value* root_of(const json::Value* row) const {
    std::set<const json::Value*> seen;
    for (auto parent = parent_.find(row); parent != parent_.end() && seen.insert(row).second; parent = parent_.find(row)) row = parent->second;
    return row;
  }

  void add(const json::Value* row, const std::string& branch, const std::string& below) {
    if (!added_.insert(row).second) return;
    out_.push_back({row, branch});
    const auto found = children_.find(row);
    if (found == children_.end()) return;
    for (const auto* child : found->second) {
      const bool last = child == found->second.back();
      add(child, below + (last ? (lines_ ? "└─ " : "`- ") : (lines_ ? "├─ " : "|- ")), below + (last ? "   " : (lines_ ? "│  " : "|  ")));
    }
  }

  const json::Array& rows_;
  const bool lines_;
  std::map<std::string, const json::Value*> by_id_;
  std::map<const json::Value*, const json::Value*> parent_;
  std::map<const json::Value*, std::vector<const json::Value*>> children_;
  std::set<const json::Value*> added_;
  std::vector<TreeRow> out_;
};

}  // namespace

std::vector<TreeRow> as_tree(const json::Array& rows, const std::function<std::string(const json::Value& row)>& parent_of, bool lines) {
  return Forest(rows, parent_of, lines).all();
}

}  // namespace gyre::cli
