// Repositories, branches, tags, and what a reference means.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/decode.h"
#include "datasets/names.h"
#include "datasets/store.h"
#include "governance/governance.h"

namespace gyre::datasets {
namespace {

constexpr std::size_t kMaxDescriptionBytes = 4096;
constexpr std::size_t kMaxTold = 10;

struct RepoSpec {
  std::string description;
};
BOOST_DESCRIBE_STRUCT(RepoSpec, (), (description))

Result<std::string> id_of(sql::Tx& tx, const Ref& ref) {
  if (const auto named = TRY(select_ref(tx, ref.repo, ref.name))) return named->commit;
  if (is_commit_prefix(ref.name)) {
    const auto ids = TRY(select_commit_ids(tx, ref.repo, ref.name));
    if (ids.size() == 1) return ids.front();
    if (ids.size() > 1) return fail(Code::conflict, fmt::format("more than one commit starts with '{}'", ref.name), {}, "write more of its digits");
  }
  std::vector<std::string> names;
  for (const auto& there : TRY(select_refs(tx, ref.repo))) {
    if (names.size() < kMaxTold) names.push_back(there.name);
  }
  return fail(Code::not_found, fmt::format("repository '{}' has no branch, tag or commit '{}'", ref.repo, ref.name), {},
              names.empty() ? fmt::format("it has no commit yet: gyre repo put {}@main/PATH FILE makes one", ref.repo)
                            : fmt::format("there are: {}", fmt::join(names, ", ")));
}

Result<Commit> commit_of(sql::Tx& tx, const Ref& ref) {
  TRY(need_repo(tx, ref.repo));
  auto chain = TRY(select_chain(tx, ref.repo, TRY(id_of(tx, ref)), ref.back, 1));
  if (chain.empty()) return fail(Code::not_found, fmt::format("'{}@{}' has no {} commits before it", ref.repo, ref.name, ref.back));
  return std::move(chain.front());
}

}  // namespace

std::string commit_urn(std::string_view repo, std::string_view id) { return governance::urn("commit", fmt::format("{}@{}", repo, id)); }
std::string repo_urn(std::string_view repo) { return governance::urn("repo", repo); }

Result<void> Service::create_repo(std::string_view name, std::string_view actor, std::string_view description) {
  TRY(check_name("a repository", name));
  if (description.size() > kMaxDescriptionBytes) return fail(Code::invalid, fmt::format("a description may have {} bytes", kMaxDescriptionBytes));
  const auto now_ms = clock_.now_ms();
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto there = TRY(select_repos(tx, name));
    if (!there.empty() && (description.empty() || there.front().description == description)) return {};
    TRY(insert_repo(tx, name, description, now_ms));
    TRY(governance::put_node(tx, {repo_urn(name), "repo", std::string(name), now_ms, json::Object{{"description", description}}}));
    return governance::audit(
        tx, {now_ms, std::string(actor), there.empty() ? "repo.create" : "repo.describe", repo_urn(name), json::Object{{"description", description}}});
  });
}

Result<void> Service::apply(std::string_view name, const json::Value& value, std::string_view actor) {
  const auto spec = value.is_null() ? RepoSpec{} : TRY(json::decode_strict<RepoSpec>(value, fmt::format("repositories.{}", name)));
  return create_repo(name, actor, spec.description);
}

Result<std::vector<Repo>> Service::repos() {
  return db_.read([](sql::Tx& tx) { return select_repos(tx, ""); });
}

Result<Repo> Service::repo(std::string_view name) {
  return db_.read([&](sql::Tx& tx) -> Result<Repo> {
    TRY(check_name("a repository", name));
    TRY(need_repo(tx, name));
    return std::move(TRY(select_repos(tx, name)).front());
  });
}

Result<Resolved> Service::resolve(std::string_view ref) { return resolve(TRY(parse_ref(ref))); }

Result<Resolved> Service::resolve(const Ref& ref) {
  return Resolved{TRY(db_.read([&](sql::Tx& tx) { return commit_of(tx, ref); })), ref.path};
}

Result<std::vector<NamedRef>> Service::refs(std::string_view repo) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<NamedRef>> {
    TRY(need_repo(tx, repo));
    return select_refs(tx, repo);
  });
}

Result<void> Service::tag(std::string_view name, std::string_view ref, std::string_view actor) {
  TRY(check_ref_name("a tag", name));
  const auto at = TRY(resolve(ref)).commit;
  const auto now_ms = clock_.now_ms();
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    if (const auto there = TRY(select_ref(tx, at.repo, name))) {
      if (there->tag && there->commit == at.id) return {};
      return fail(Code::conflict, fmt::format("'{}' is a {} at {:.12} already", name, there->tag ? "tag" : "branch", there->commit), {},
                  "tags do not move: choose another name");
    }
    TRY(put_ref(tx, at.repo, {std::string(name), true, at.id, now_ms}));
    return governance::audit(tx, {now_ms, std::string(actor), "repo.tag", commit_urn(at.repo, at.id), json::Object{{"tag", name}}});
  });
}

Result<void> Service::create_branch(std::string_view name, std::string_view ref, std::string_view actor) {
  TRY(check_ref_name("a branch", name));
  const auto at = TRY(resolve(ref)).commit;
  const auto now_ms = clock_.now_ms();
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    if (const auto there = TRY(select_ref(tx, at.repo, name))) {
      if (!there->tag && there->commit == at.id) return {};
      return fail(Code::conflict, fmt::format("'{}' is a {} at {:.12} already", name, there->tag ? "tag" : "branch", there->commit), {}, "choose another name");
    }
    TRY(put_ref(tx, at.repo, {std::string(name), false, at.id, now_ms}));
    return governance::audit(tx, {now_ms, std::string(actor), "repo.branch", commit_urn(at.repo, at.id), json::Object{{"branch", name}}});
  });
}

}  // namespace gyre::datasets
