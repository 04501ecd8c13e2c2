#include <fmt/format.h>

#include <unordered_set>

#include "datasets/store.h"
#include "datasets/tree.h"

namespace gyre::datasets {
namespace {

constexpr std::int64_t kBatch = 1000;
constexpr std::size_t kMaxProblems = 1000;

// Each object is read once, however many commits share it.
struct Checker {
  sql::Db& db;
  blob::Store& store;
  Findings findings;
  std::unordered_set<std::string> seen;

  void problem(std::string text) {
    if (findings.problems.size() < kMaxProblems) findings.problems.push_back(std::move(text));
  }

  // Whether the object is whole; a problem the first time that it is not.
  bool content(const std::string& sha256, const std::string& where) {
    ++findings.checked;
    const auto good = blob::verify_content(store, sha256);
    if (!good) problem(fmt::format("{}: {}", where, good.error().message));
    return good.has_value();
  }

  void tree(const std::string& id, const std::string& where) {
    if (!seen.insert(id).second || !content(id, where)) return;
    const auto entries = load_tree(store, id);
    if (!entries) return problem(fmt::format("{}: {}", where, entries.error().message));
    for (const auto& entry : *entries) {
      const auto path = where + "/" + entry.name;
      if (entry.folder) {
        tree(entry.id, path);
      } else if (seen.insert(entry.id).second) {
        content(entry.id, path);
      }
    }
  }

  Result<void> commit(const Commit& c) {
    const auto where = fmt::format("commit {}@{:.12}", c.repo, c.id);
    ++findings.checked;
    if (commit_id(c) != c.id) problem(where + ": its text does not have its id as hash");
    if (!c.parent.empty() && !TRY(db.read([&](sql::Tx& tx) { return select_commit(tx, c.repo, c.parent); })))
      problem(fmt::format("{}: its parent {:.12} is missing", where, c.parent));
    tree(c.tree, where);
    return {};
  }

  Result<void> repo(const Repo& r) {
    for (std::string after;;) {
      const auto commits = TRY(db.read([&](sql::Tx& tx) { return select_commits(tx, r.name, after, kBatch); }));
      if (commits.empty()) break;
      for (const auto& c : commits) TRY(commit(c));
      after = commits.back().id;
    }
    for (const auto& ref : TRY(db.read([&](sql::Tx& tx) { return select_refs(tx, r.name); }))) {
      ++findings.checked;
      if (!TRY(db.read([&](sql::Tx& tx) { return select_commit(tx, r.name, ref.commit); }))) {
        problem(fmt::format("{} '{}' of repository '{}' points to {:.12}, which is missing", ref.tag ? "tag" : "branch", ref.name, r.name, ref.commit));
      }
    }
    return {};
  }
};

}  // namespace

Result<Findings> Service::verify() {
  Checker checker{db_, store_, {}, {}};
  for (const auto& r : TRY(repos())) TRY(checker.repo(r));
  return std::move(checker.findings);
}

}  // namespace gyre::datasets
