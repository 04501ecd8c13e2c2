#include "datasets/tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "datasets/datasets.h"
#include "datasets/names.h"

namespace gyre::datasets {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxTreeBytes = 256 << 20;

using ByName = std::map<std::string, TreeEntry, std::less<>>;

std::string tree_text(const ByName& entries) {
  json::Writer writer;
  writer.begin_object();
  writer.field("gyre_tree", kVersion);
  writer.key("entries");
  writer.begin_array();
  for (const auto& [name, entry] : entries) {
    writer.begin_object();
    writer.field("name", name);
    writer.field("kind", entry.folder ? "folder" : "file");
    writer.field("id", entry.id);
    writer.field("bytes", entry.size_bytes);
    if (entry.folder) writer.field("objects", entry.objects);
    if (entry.rows) writer.field("rows", *entry.rows);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return writer.take();
}

TreeEntry to_entry(const json::Value& value) {
  TreeEntry entry;
  entry.name = value["name"].string_or("");
  entry.folder = value["kind"].string_or("") == "folder";
  entry.id = value["id"].string_or("");
  entry.size_bytes = value["bytes"].int_or(0);
  entry.objects = value["objects"].int_or(1);
  if (const auto* rows = value["rows"].if_int()) entry.rows = *rows;
  return entry;
}

std::string below(const std::string& folder, std::string_view name) { return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name); }

// The folder that holds these entries.
Result<TreeEntry> save_tree(blob::Store& store, std::string_view name, const ByName& entries, const std::string& path) {
  if (entries.size() > kMaxFolderEntries) {
    return fail(Code::exhausted, fmt::format("the folder '{}' would hold {} entries", path, entries.size()), {},
                fmt::format("at most {}: use more folders", kMaxFolderEntries));
  }
  TreeEntry folder{std::string(name), true, "", 0, 0, std::nullopt};
  for (const auto& [_, entry] : entries) {
    folder.size_bytes += entry.size_bytes;
    folder.objects += entry.objects;
    if (entry.rows) folder.rows = folder.rows.value_or(0) + *entry.rows;
  }
  const auto text = tree_text(entries);
  StringSource source(text);
  folder.id = TRY(blob::put_content(store, source)).sha256;
  return folder;
}

struct Editor {
  blob::Store& store;
  Edited result;

  // A folder without entries has no existence of its own: nothing comes back for it.
  Result<std::optional<TreeEntry>> folder(std::string_view name, std::string_view base, const Edit& edit, const std::string& path) {
    ByName entries;
    for (auto& entry : TRY(load_tree(store, base))) entries.emplace(entry.name, std::move(entry));
    for (const auto& [child, inside] : edit.inside) TRY(one(entries, child, inside, below(path, child)));
    if (entries.empty() && !path.empty()) return std::nullopt;
    return TRY(save_tree(store, name, entries, path));
  }

  Result<void> one(ByName& entries, const std::string& name, const Edit& edit, const std::string& path) {
    if (edit.remove || edit.remove_folder) TRY(removal(entries, name, edit, path));
    if (edit.put && !edit.inside.empty()) return fail(Code::invalid, fmt::format("'{}' cannot be a file and a folder at once", path));
    if (edit.put) return put(entries, name, *edit.put, path);
    if (edit.inside.empty()) return {};

    const auto found = entries.find(name);
    if (found != entries.end() && !found->second.folder) {
      return fail(Code::invalid, fmt::format("'{}' is a file, so nothing can be below it", path), {}, "remove it in the same commit, or choose another path");
    }
    const auto base = found == entries.end() ? "" : found->second.id;
    auto made = TRY(folder(name, base, edit, path));
    if (made) {
      entries[name] = std::move(*made);
    } else {
      entries.erase(name);
    }
    return {};
  }

  Result<void> removal(ByName& entries, const std::string& name, const Edit& edit, const std::string& path) {
    const auto found = entries.find(name);
    const auto kind = edit.remove_folder ? "folder" : "file";
    if (found == entries.end() || found->second.folder != edit.remove_folder)
      return fail(Code::not_found, fmt::format("there is no {} '{}' to remove", kind, path));
    result.removed += found->second.objects;
    entries.erase(found);
    return {};
  }

  Result<void> put(ByName& entries, const std::string& name, const TreeEntry& file, const std::string& path) {
    const auto found = entries.find(name);
    if (found != entries.end() && found->second.folder) {
      return fail(Code::invalid, fmt::format("'{}' is a folder, so no file can take its place", path), {},
                  "remove the folder in the same commit, or choose another path");
    }
    if (found != entries.end() && found->second.id == file.id) return {};
    ++(found == entries.end() ? result.added : result.changed);
    if (file.rows) result.rows = result.rows.value_or(0) + *file.rows;
    entries[name] = file;
    entries[name].name = name;
    return {};
  }
};

}  // namespace

Result<Tree> load_tree(blob::Store& store, std::string_view id) {
  if (id.empty()) return Tree{};
  StringSink sink(kMaxTreeBytes);
  TRY(blob::get_content(store, id, {}, sink));
  const auto value = json::parse(sink.text);
  if (!value || (*value)["gyre_tree"].int_or(0) != kVersion || !(*value)["entries"].if_array()) {
    return fail(Code::internal, fmt::format("the folder object {} cannot be read", id), value ? "wrong version" : value.error().message, "run gyre check");
  }
  Tree tree;
  for (const auto& entry : *(*value)["entries"].if_array()) tree.push_back(to_entry(entry));
  return tree;
}

Result<Edited> edit_tree(blob::Store& store, std::string_view root, const Edit& edit) {
  Editor editor{store, {}};
  const auto made = TRY(editor.folder("", root, edit, ""));
  editor.result.root = made->id;
  editor.result.objects = made->objects;
  editor.result.size_bytes = made->size_bytes;
  return editor.result;
}

Result<std::optional<TreeEntry>> find_entry(blob::Store& store, std::string_view root, std::string_view path) {
  TreeEntry at{"", true, std::string(root), 0, 0, std::nullopt};
  for (const auto segment : segments(path)) {
    if (!at.folder) return std::nullopt;
    auto tree = TRY(load_tree(store, at.id));
    const auto found = std::ranges::lower_bound(tree, segment, {}, [](const TreeEntry& entry) -> std::string_view { return entry.name; });
    if (found == tree.end() || found->name != segment) return std::nullopt;
    at = std::move(*found);
  }
  return at;
}

Result<bool> walk_tree(blob::Store& store, const TreeEntry& entry, const std::string& path, const OnFile& on_file) {
  if (!entry.folder) return on_file(path, entry);
  for (const auto& child : TRY(load_tree(store, entry.id))) {
    if (!TRY(walk_tree(store, child, below(path, child.name), on_file))) return false;
  }
  return true;
}

Result<bool> compare_trees(blob::Store& store, std::string_view before, std::string_view after, const std::string& path, const OnDifference& on_difference) {
  if (before == after) return true;
  const auto old_entries = TRY(load_tree(store, before)), new_entries = TRY(load_tree(store, after));
  const auto only = [&](const TreeEntry& entry, bool is_new) {
    return walk_tree(store, entry, below(path, entry.name), [&](const std::string& file_path, const TreeEntry& file) {
      return on_difference(file_path, is_new ? nullptr : &file, is_new ? &file : nullptr);
    });
  };
  auto a = old_entries.begin();
  auto b = new_entries.begin();
  while (a != old_entries.end() || b != new_entries.end()) {
    bool more = true;
    if (b == new_entries.end() || (a != old_entries.end() && a->name < b->name)) {
      more = TRY(only(*a++, false));
    } else if (a == old_entries.end() || b->name < a->name) {
      more = TRY(only(*b++, true));
    } else {
      const auto &left = *a++, &right = *b++;
      if (left.id == right.id && left.folder == right.folder) continue;
      if (left.folder && right.folder) {
        more = TRY(compare_trees(store, left.id, right.id, below(path, left.name), on_difference));
      } else if (!left.folder && !right.folder) {
        more = TRY(on_difference(below(path, left.name), &left, &right));
      } else {  // a file took a folder's place, or the other way round
        more = TRY(only(left, false)) && TRY(only(right, true));
      }
    }
    if (!more) return false;
  }
  return true;
}

}  // namespace gyre::datasets
