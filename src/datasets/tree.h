// The path tree of a commit: one object a folder, named by its content, so that commits share all folders that are alike.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/blob/store.h"

namespace gyre::datasets {

struct TreeEntry {
  std::string name;
  bool folder = false;
  std::string id;  // SHA-256 of a file's content, or of a folder's tree object
  std::int64_t size_bytes = 0, objects = 1;
  std::optional<std::int64_t> rows;
  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};
using Tree = std::vector<TreeEntry>;  // by name

// "" is the tree without entries.
Result<Tree> load_tree(blob::Store& store, std::string_view id);

// Changes to a folder, by name of what is in it. Removals come before the rest.
struct Edit {
  bool remove = false, remove_folder = false;
  std::optional<TreeEntry> put;
  std::map<std::string, Edit, std::less<>> inside;
};

struct Edited {
  std::string root;  // id of the tree
  std::int64_t objects = 0, size_bytes = 0;
  std::int64_t added = 0, changed = 0, removed = 0;
  std::optional<std::int64_t> rows;  // of the tables in added and changed files
};

// Writes the folders that differ, durably. Nothing of what was there is touched.
Result<Edited> edit_tree(blob::Store& store, std::string_view root, const Edit& edit);

// The entry at `path` ("" is the root itself), or nothing.
Result<std::optional<TreeEntry>> find_entry(blob::Store& store, std::string_view root, std::string_view path);

// Calls `on_file` for each file at or below `entry`, by path. False ends the walk.
using OnFile = std::function<Result<bool>(const std::string& path, const TreeEntry& file)>;
Result<bool> walk_tree(blob::Store& store, const TreeEntry& entry, const std::string& path, const OnFile& on_file);

// Calls `on_difference` for each file that is not the same in both; a null entry is not there. False ends the walk.
// Folders with equal ids are not opened.
using OnDifference = std::function<Result<bool>(const std::string& path, const TreeEntry* before, const TreeEntry* after)>;
Result<bool> compare_trees(blob::Store& store, std::string_view before, std::string_view after, const std::string& path, const OnDifference& on_difference);

}  // namespace gyre::datasets
