// Runs that are nested in others, as trees of rows.
#pragma once

#include <functional>

#include "app/cli/view.h"

namespace gyre::cli {

struct TreeRow {
  const json::Value* row;
  std::string branch;  // "│  ├─ "; empty where its parent is not among them
};

// The rows with children below their parents, each family where its first member stood. `parent_of` gives an id, or nothing.
std::vector<TreeRow> as_tree(const json::Array& rows, const std::function<std::string(const json::Value& row)>& parent_of, bool lines);

// Whether children stand below their parents: for people, and where no order was asked for.
inline bool is_tree(const Invocation& call) { return human() && call.option("sort").empty(); }

// As show_list; `cells_of` gives a row's cells, the branch in front of its name.
template <class ParentOf, class CellsOf>
int show_tree(const Invocation& call, const Rows& all, ListView view, ParentOf&& parent_of, CellsOf&& cells_of) {
  if (!is_tree(call)) return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) { table.add(cells_of(row, "")); });
  if (detail::show_plainly(call, all, view)) return kDone;
  for (const auto& [row, branch] : as_tree(all.rows, parent_of, utf8())) view.table.add(cells_of(*row, branch));
  view.table.print();
  detail::end_list(all, view);
  return kDone;
}

}  // namespace gyre::cli
