// /repos: content in, commits, tags, branches; content and differences out
#include "api/rest/datasets.h"
#include "api/rest/refs.h"
#include "api/rest/wire.h"
#include "net/inert.h"
#include "net/range.h"

namespace gyre::rest {
namespace {

struct RepoBody {
  std::string name, description;
};
BOOST_DESCRIBE_STRUCT(RepoBody, (), (name, description))

struct ChangeBody {
  std::string path, folder, sha256;
  bool remove = false;
};
BOOST_DESCRIBE_STRUCT(ChangeBody, (), (path, folder, sha256, remove))

struct CommitBody {
  std::string branch{datasets::kMainBranch};
  std::optional<std::string> expected_head;
  std::string message, author;
  json::Value metadata;
  std::string idempotency_key;
  std::vector<ChangeBody> changes;
};
BOOST_DESCRIBE_STRUCT(CommitBody, (), (branch, expected_head, message, author, metadata, idempotency_key, changes))

struct NameBody {
  std::string name, ref;
};
BOOST_DESCRIBE_STRUCT(NameBody, (), (name, ref))

std::string repo_of(const net::Request& request) { return std::string(request.parameter("repo")); }

Result<net::Response> create_repo(const Rooms& rooms, const net::Request& request) {
  const auto sent = TRY(body<RepoBody>(request));
  TRY(rooms.datasets.create_repo(sent.name, actor_of(request), sent.description));
  return done(repo_link(sent.name), fmt::format("Repository {} is there.", sent.name), fmt::format("gyre repo create {}", sent.name));
}

// The bytes are durable when this answers; a commit names them by their hash.
Result<net::Response> put_content(const Rooms& rooms, const net::Request& request) {
  TRY(rooms.datasets.repo(request.parameter("repo")));
  const auto content = TRY(rooms.datasets.upload(*request.stream));
  Writer writer;
  writer.begin_object();
  writer.field("sha256", content.sha256);
  writer.field("size_bytes", content.size_bytes);
  writer.end_object();
  return reply(writer);
}

Result<datasets::Change> to_change(const ChangeBody& sent, std::size_t place) {
  const auto wrong = [&](std::string_view why) {
    return fail(Code::invalid, fmt::format("changes[{}] {}", place, why), {}, "{path, sha256} puts, {path, remove: true} and {folder, remove: true} remove");
  };
  if (sent.path.empty() == sent.folder.empty()) return wrong("names a path or a folder, and one of them alone");
  if (sent.remove && !sent.sha256.empty()) return wrong("cannot both put and remove");
  if (sent.remove) return sent.folder.empty() ? datasets::Change::removal(sent.path) : datasets::Change::folder_removal(sent.folder);
  if (!sent.folder.empty()) return wrong("names a folder, which can only be removed");
  if (sent.sha256.empty()) return wrong("puts no content: 'sha256' is missing");
  return datasets::Change::content(sent.path, sent.sha256);
}

Result<net::Response> create_commit(const Rooms& rooms, const net::Request& request) {
  auto sent = TRY(body<CommitBody>(request));
  datasets::CommitRequest wish{.repo = repo_of(request),
                               .branch = sent.branch,
                               .expected_head = sent.expected_head,
                               .message = sent.message,
                               .author = sent.author.empty() ? actor_of(request) : sent.author,
                               .metadata = std::move(sent.metadata),
                               .idempotency_key = sent.idempotency_key,
                               .changes = {},
                               .causes = {}};
  for (const auto& change : sent.changes) wish.changes.push_back(TRY(to_change(change, wish.changes.size())));
  const auto committed = TRY(rooms.datasets.commit(wish));
  Writer writer;
  writer.begin_object();
  writer.field("created", committed.created);
  writer.key("commit");
  TRY(write_commits(writer, rooms, wish.repo, {&committed.commit, 1}));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> create_tag(const Rooms& rooms, const net::Request& request) {
  const auto sent = TRY(body<NameBody>(request));
  const auto ref = ref_of(request.parameter("repo"), sent.ref, "");
  TRY(rooms.datasets.tag(sent.name, ref, actor_of(request)));
  const auto at = TRY(rooms.datasets.resolve(ref));
  return done(commit_link(at.commit.repo, at.commit.id), fmt::format("{} is tagged {}.", ref, sent.name), fmt::format("gyre repo tag {} {}", ref, sent.name));
}

Result<net::Response> create_branch(const Rooms& rooms, const net::Request& request) {
  const auto sent = TRY(body<NameBody>(request));
  const auto ref = ref_of(request.parameter("repo"), sent.ref, "");
  TRY(rooms.datasets.create_branch(sent.name, ref, actor_of(request)));
  const auto at = TRY(rooms.datasets.resolve(ref));
  return done(commit_link(at.commit.repo, at.commit.id), fmt::format("Branch {} begins at {}.", sent.name, ref),
              fmt::format("gyre repo branch {} {}", ref, sent.name));
}

Result<net::Response> list_refs(const Rooms& rooms, const net::Request& request) {
  const auto repo = repo_of(request);
  const auto refs = TRY(rooms.datasets.refs(repo));
  return list_reply(static_cast<std::int64_t>(refs.size()), std::nullopt, refs, [&](Writer& writer, const datasets::NamedRef& ref) {
    writer.begin_object();
    writer.field("name", ref.name);
    writer.field("tag", ref.tag);
    link_field(writer, "commit", commit_link(repo, ref.commit));
    time_field(writer, "changed_at", ref.changed_ms);
    writer.end_object();
  });
}

// Content never changes under its hash, so its hash is its tag; the ref in the path may move.
Result<net::Response> get_content(const Rooms& rooms, const net::Request& request) {
  const auto ref = ref_of(request.parameter("repo"), request.query_text("ref").value_or(""), TRY(request.required_query("path")));
  const auto file = TRY(rooms.datasets.stat(ref));
  const auto tag = fmt::format("\"{}\"", file.sha256);
  if (request.header("If-None-Match") == tag) {
    net::Response unchanged{.status = 304, .headers = {{"ETag", tag}}, .body = std::string()};
    return unchanged;
  }
  auto response = TRY(net::ranged_response(request, file.size_bytes, "application/octet-stream",
                                           [&blobs = rooms.blobs, sha256 = file.sha256](net::ByteRange range, ByteSink& sink) {
                                             return blob::get_content(blobs, sha256, {range.first, range.count}, sink);
                                           }));
  response.headers.emplace("ETag", tag);
  response.headers.emplace("Cache-Control", "no-cache");
  response.headers.emplace("Content-Disposition", "attachment");
  net::keep_inert(response.headers);
  return response;
}

std::string_view kind_name(datasets::Difference::Kind kind) {
  return kind == datasets::Difference::Kind::added ? "added" : kind == datasets::Difference::Kind::removed ? "removed" : "changed";
}

Result<net::Response> get_diff(const Rooms& rooms, const net::Request& request) {
  const auto repo = repo_of(request);
  const auto path = request.query_text("path").value_or("");
  const auto limit = TRY(request.query_int("limit", datasets::kMaxPage, 1, datasets::kMaxPage));
  const auto from = ref_of(repo, TRY(request.required_query("from")), path), to = ref_of(repo, TRY(request.required_query("to")), path);
  const auto found = TRY(rooms.datasets.diff(from, to, static_cast<std::size_t>(limit)));
  Writer writer;
  writer.begin_object();
  link_field(writer, "from", commit_link(repo, found.from));
  link_field(writer, "to", commit_link(repo, found.to));
  writer.field("cut", found.cut);
  writer.key("paths");
  writer.begin_array();
  for (const auto& one : found.paths) {
    writer.begin_object();
    writer.field("kind", kind_name(one.kind));
    writer.field("path", one.path);
    writer.field("before", one.before);
    writer.field("after", one.after);
    writer.field("before_bytes", one.before_bytes);
    writer.field("after_bytes", one.after_bytes);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_dataset_writes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "POST", "/repos", create_repo);
  add(router, rooms, "PUT", "/repos/:repo/content", put_content, {.body = net::BodyMode::stream});
  add(router, rooms, "GET", "/repos/:repo/content", get_content);
  add(router, rooms, "POST", "/repos/:repo/commits", create_commit, {.max_body_bytes = kMaxLargeBodyBytes});
  add(router, rooms, "POST", "/repos/:repo/tags", create_tag);
  add(router, rooms, "POST", "/repos/:repo/branches", create_branch);
  add(router, rooms, "GET", "/repos/:repo/refs", list_refs);
  add(router, rooms, "GET", "/repos/:repo/diff", get_diff);
}

}  // namespace gyre::rest
