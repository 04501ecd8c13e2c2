// Reading what commits hold: folders, files, history, differences.
#include <fmt/format.h>

#include <algorithm>

#include "datasets/names.h"
#include "datasets/store.h"
#include "datasets/tree.h"

namespace gyre::datasets {
namespace {

constexpr std::int64_t kLogPage = 256;
constexpr std::int64_t kMaxWalked = 100'000;  // commits that a log of one path looks at

Result<TreeEntry> need_entry(blob::Store& store, const Resolved& at) {
  auto found = TRY(find_entry(store, at.commit.tree, at.path));
  if (!found) {
    return fail(Code::not_found, fmt::format("there is no '{}' in {}@{:.12}", at.path, at.commit.repo, at.commit.id), {},
                fmt::format("see what there is: gyre repo ls {}@{:.12}", at.commit.repo, at.commit.id));
  }
  return std::move(*found);
}

File to_file(blob::Store& store, const std::string& path, std::string_view relative, const TreeEntry& entry) {
  return {path, std::string(relative), entry.id, entry.size_bytes, entry.rows, store.local_path(blob::content_key(entry.id)).value_or(std::filesystem::path())};
}

Result<std::string> id_at(blob::Store& store, std::string_view tree, std::string_view path) {
  const auto found = TRY(find_entry(store, tree, path));
  return found ? found->id : std::string();
}

}  // namespace

Result<Folder> Service::list(std::string_view ref, std::size_t skip, std::size_t limit) {
  Folder folder{TRY(resolve(ref)), 0, {}};
  const auto entry = TRY(need_entry(store_, folder.at));
  if (!entry.folder) return fail(Code::invalid, fmt::format("'{}' is a file", folder.at.path));
  auto tree = TRY(load_tree(store_, entry.id));
  std::ranges::sort(tree, {}, [](const TreeEntry& e) { return std::pair<bool, std::string_view>(!e.folder, e.name); });
  folder.total = tree.size();
  limit = std::min(limit, kMaxPage);
  for (std::size_t i = skip; i < tree.size() && folder.entries.size() < limit; ++i) {
    auto& e = tree[i];
    auto path = folder.at.path.empty() ? e.name : folder.at.path + "/" + e.name;
    folder.entries.push_back({std::move(e.name), std::move(path), e.folder, e.size_bytes, e.objects, e.rows, std::move(e.id)});
  }
  return folder;
}

Result<File> Service::stat(std::string_view ref) {
  const auto at = TRY(resolve(ref));
  const auto entry = TRY(need_entry(store_, at));
  if (entry.folder) return fail(Code::invalid, fmt::format("'{}' is a folder", at.path.empty() ? "/" : at.path), {}, "name a file in it");
  return to_file(store_, at.path, base_name(at.path), entry);
}

Result<void> Service::get(std::string_view ref, blob::Range range, ByteSink& sink) {
  if (range.first < 0 || range.count < 0) return fail(Code::invalid, "a range starts at 0 or later and is not negative");
  return blob::get_content(store_, TRY(stat(ref)).sha256, range, sink);
}

Result<std::vector<File>> Service::files(std::string_view ref) {
  const auto at = TRY(resolve(ref));
  const auto entry = TRY(need_entry(store_, at));
  const auto cut = entry.folder ? at.path.empty() ? 0 : at.path.size() + 1 : at.path.size() - base_name(at.path).size();
  std::vector<File> files;
  TRY(walk_tree(store_, entry, at.path, [&](const std::string& path, const TreeEntry& file) -> Result<bool> {
    if (files.size() >= kMaxFiles) return fail(Code::exhausted, fmt::format("more than {} files", kMaxFiles), {}, "name a folder further down");
    files.push_back(to_file(store_, path, std::string_view(path).substr(cut), file));
    if (!files.back().local.empty()) return true;
    files.back().local = TRY(blob::content_file(store_, file.id, cache_));
    return true;
  }));
  return files;
}

Result<std::vector<Commit>> Service::log(std::string_view ref, std::size_t limit) {
  const auto at = TRY(resolve(ref));
  limit = std::min(limit, kMaxPage);
  if (at.path.empty()) {
    return db_.read([&](sql::Tx& tx) { return select_chain(tx, at.commit.repo, at.commit.id, 0, static_cast<std::int64_t>(limit)); });
  }
  std::vector<Commit> touching;
  std::string next = at.commit.id, id = TRY(id_at(store_, at.commit.tree, at.path));
  for (std::int64_t walked = 0; !next.empty() && walked < kMaxWalked && touching.size() < limit; walked += kLogPage) {
    // One more than a page, since each commit is compared with its parent.
    auto chain = TRY(db_.read([&](sql::Tx& tx) { return select_chain(tx, at.commit.repo, next, 0, kLogPage + 1); }));
    next = chain.size() > kLogPage ? chain.back().id : "";
    for (std::size_t i = 0; i < std::min<std::size_t>(chain.size(), kLogPage) && touching.size() < limit; ++i) {
      const auto before = i + 1 < chain.size() ? TRY(id_at(store_, chain[i + 1].tree, at.path)) : std::string();
      if (before != id) touching.push_back(std::move(chain[i]));
      id = before;
    }
  }
  return touching;
}

Result<std::vector<Commit>> Service::commits_between(std::string_view repo, TimeMs from_ms, TimeMs to_ms, std::size_t limit) {
  return db_.read([&](sql::Tx& tx) { return select_commits_between(tx, repo, from_ms, to_ms, static_cast<std::int64_t>(std::min(limit, kMaxFolderEntries))); });
}

Result<Entry> Service::entry(std::string_view ref) {
  const auto at = TRY(resolve(ref));
  auto entry = TRY(need_entry(store_, at));
  if (at.path.empty()) entry.size_bytes = at.commit.size_bytes, entry.objects = at.commit.objects;
  return Entry{std::string(base_name(at.path)), at.path, entry.folder, entry.size_bytes, entry.objects, entry.rows, std::move(entry.id)};
}

Result<Differences> Service::diff(std::string_view from, std::string_view to, std::size_t limit) {
  const auto before = TRY(resolve(from)), after = TRY(resolve(to));
  if (before.commit.repo != after.commit.repo) return fail(Code::invalid, "both sides of a difference must be of one repository");
  if (before.path != after.path) return fail(Code::invalid, "both sides of a difference must name the same path");
  Differences found{before.commit.id, after.commit.id, {}, false};
  limit = std::min(limit, kMaxPage);
  const auto add = [&](const std::string& path, const TreeEntry* a, const TreeEntry* b) -> Result<bool> {
    if (found.paths.size() >= limit) return found.cut = true, false;
    const auto kind = !a ? Difference::Kind::added : !b ? Difference::Kind::removed : Difference::Kind::changed;
    found.paths.push_back({kind, path, a ? a->id : "", b ? b->id : "", a ? a->size_bytes : 0, b ? b->size_bytes : 0});
    return true;
  };
  const auto a = TRY(find_entry(store_, before.commit.tree, before.path)), b = TRY(find_entry(store_, after.commit.tree, after.path));
  if (!a && !b) return fail(Code::not_found, fmt::format("there is no '{}' on either side", before.path));
  if (a && b && !a->folder && !b->folder) {
    if (a->id != b->id) TRY(add(before.path, &*a, &*b));
    return found;
  }
  const auto folder_id = [](const auto& entry) { return entry && entry->folder ? std::string_view(entry->id) : std::string_view(); };
  if (a && !a->folder && !TRY(add(before.path, &*a, nullptr))) return found;
  if (b && !b->folder && !TRY(add(before.path, nullptr, &*b))) return found;
  TRY(compare_trees(store_, folder_id(a), folder_id(b), before.path, add));
  return found;
}

}  // namespace gyre::datasets
