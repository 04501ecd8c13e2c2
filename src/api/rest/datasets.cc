// /repos: repositories, their history, folders and tables
#include "api/rest/datasets.h"

#include "api/rest/refs.h"
#include "api/rest/routes.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

Result<net::Response> list_repos(const Rooms& rooms, const net::Request&) {
  const auto repos = TRY(rooms.datasets.repos());
  return list_reply(static_cast<std::int64_t>(repos.size()), std::nullopt, repos, [](Writer& writer, const datasets::Repo& repo) {
    writer.begin_object();
    link_fields(writer, repo_link(repo.name, std::to_string(repo.changed_ms)));
    writer.field("description", repo.description);
    strings_field(writer, "branches", repo.branches);
    strings_field(writer, "tags", repo.tags);
    maybe_link_field(writer, "head", repo.head.empty() ? std::nullopt : std::optional(commit_link(repo.name, repo.head)));
    writer.field("commits", repo.commits);
    writer.field("objects", repo.objects);
    writer.field("bytes", repo.size_bytes);
    maybe_time_field(writer, "changed_at", repo.changed_ms);
    writer.end_object();
  });
}

// Names that point at a commit, by its id.
struct Pointers {
  std::map<std::string, std::vector<std::string>> branches, tags;
};

Result<Pointers> pointers_of(const Rooms& rooms, std::string_view repo) {
  Pointers pointers;
  for (const auto& ref : TRY(rooms.datasets.refs(repo))) (ref.tag ? pointers.tags : pointers.branches)[ref.commit].push_back(ref.name);
  return pointers;
}

void metadata_field(Writer& writer, const json::Value& metadata) {
  writer.key("metadata");
  writer.begin_object();
  if (const auto* members = metadata.if_object()) {
    for (const auto& [name, value] : *members) writer.field(name, json::unquoted(value));
  }
  writer.end_object();
}

void write_commit(Writer& writer, const datasets::Commit& commit, Pointers& pointers, const std::vector<pipelines::RegisteredVersion>& trained) {
  writer.begin_object();
  link_fields(writer, commit_link(commit.repo, commit.id));
  writer.field("id", commit.id);
  writer.key("parent");
  if (commit.parent.empty()) {
    writer.null();
  } else {
    writer.string(commit.parent);
  }
  writer.field("message", commit.message);
  writer.field("author", commit.author);
  time_field(writer, "at", commit.at_ms);
  writer.field("added", commit.added);
  writer.field("changed", commit.changed);
  writer.field("removed", commit.removed);
  maybe_integer_field(writer, "rows", commit.rows);
  writer.field("bytes", commit.size_bytes);
  strings_field(writer, "branches", pointers.branches[commit.id]);
  strings_field(writer, "tags", pointers.tags[commit.id]);
  metadata_field(writer, commit.metadata);
  writer.key("trained");
  writer.begin_array();
  for (const auto& version : trained) write(writer, version_link(version.model, version.version));
  writer.end_array();
  writer.end_object();
}

// The cursor is the commit that the next page begins with, so that new commits do not move what is being paged through.
Result<net::Response> list_commits(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto repo = std::string(request.parameter("repo"));
  const auto first = TRY(rooms.datasets.resolve(ref_of(repo, request.query_text("ref").value_or(""), "")));
  const auto commits = TRY(rooms.datasets.log(page.cursor.empty() ? fmt::format("{}@{}", repo, first.commit.id) : ref_of(repo, page.cursor, ""),
                                              static_cast<std::size_t>(page.limit)));
  const bool more = static_cast<std::int64_t>(commits.size()) == page.limit && !commits.back().parent.empty();
  Writer writer;
  writer.begin_object();
  writer.field("total", first.commit.number + 1);
  cursor_field(writer, more ? std::optional(commits.back().parent) : std::nullopt);
  writer.key("rows");
  writer.begin_array();
  TRY(write_commits(writer, rooms, repo, commits));
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

void write_entry(Writer& writer, const datasets::Entry& entry) {
  writer.begin_object();
  writer.field("name", entry.name);
  writer.field("path", entry.path);
  writer.field("folder", entry.folder);
  writer.field("bytes", entry.size_bytes);
  writer.field("objects", entry.objects);
  maybe_integer_field(writer, "rows", entry.rows);
  writer.field("sha256", entry.folder ? "" : entry.sha256);
  writer.end_object();
}

// "<offset>@<commit>": the pages of one listing are of one commit.
struct TreeCursor {
  std::int64_t offset = 0;
  std::string commit;
};

Result<TreeCursor> tree_cursor(const Page& page) {
  if (page.cursor.empty()) return TreeCursor{};
  const auto at = page.cursor.find('@');
  const Page counted{.limit = page.limit, .cursor = page.cursor.substr(0, at)};
  return TreeCursor{TRY(counted.offset()), at == std::string::npos ? "" : page.cursor.substr(at + 1)};
}

Result<net::Response> list_tree(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto from = TRY(tree_cursor(page));
  const auto ref =
      ref_of(request.parameter("repo"), from.commit.empty() ? request.query_text("ref").value_or("") : from.commit, request.query_text("path").value_or(""));
  const auto folder = TRY(rooms.datasets.list(ref, static_cast<std::size_t>(from.offset), static_cast<std::size_t>(page.limit)));
  const auto next = from.offset + static_cast<std::int64_t>(folder.entries.size());
  const bool more = next < static_cast<std::int64_t>(folder.total);
  Writer writer;
  writer.begin_object();
  link_field(writer, "commit", commit_link(folder.at.commit.repo, folder.at.commit.id));
  writer.field("path", folder.at.path);
  list_fields(writer, static_cast<std::int64_t>(folder.total), more ? std::optional(fmt::format("{}@{}", next, folder.at.commit.id)) : std::nullopt,
              folder.entries, write_entry);
  writer.end_object();
  return reply(writer);
}

std::optional<std::string> cell_text(const json::Value& cell) {
  if (cell.is_null()) return std::nullopt;
  if (cell.if_string()) return valid_utf8(*cell.if_string());
  return json::to_text(cell);
}

void table_fields(Writer& writer, const query::Table& table) {
  writer.key("columns");
  writer.begin_array();
  for (const auto& column : table.columns) {
    writer.begin_object();
    writer.field("name", column.name);
    writer.field("type", column.sql_type);
    writer.end_object();
  }
  writer.end_array();
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : table.rows) {
    writer.begin_array();
    for (const auto& cell : row) {
      const auto text = cell_text(cell);
      if (text) writer.string(*text);
      if (!text) writer.null();
    }
    writer.end_array();
  }
  writer.end_array();
}

Result<net::Response> get_preview(const Rooms& rooms, const net::Request& request) {
  const auto path = TRY(request.required_query("path"));
  const auto limit = TRY(page_of(request)).limit;
  const auto preview =
      TRY(rooms.datasets.preview(ref_of(request.parameter("repo"), request.query_text("ref").value_or(""), path), static_cast<std::size_t>(limit)));
  Writer writer;
  writer.begin_object();
  writer.field("path", preview.path);
  writer.field("format", preview.format);
  writer.field("bytes", preview.size_bytes);
  maybe_integer_field(writer, "total_rows", preview.total_rows);
  table_fields(writer, preview.table);
  writer.field("text", valid_utf8(preview.text));
  writer.end_object();
  return reply(writer);
}

}  // namespace

Result<void> write_commits(Writer& writer, const Rooms& rooms, const std::string& repo, std::span<const datasets::Commit> commits) {
  auto pointers = TRY(pointers_of(rooms, repo));
  std::vector<std::string> names;
  for (const auto& commit : commits) names.push_back(fmt::format("{}@{}", repo, commit.id));
  auto trained = TRY(rooms.pipelines.trained_on(names));
  for (const auto& commit : commits) write_commit(writer, commit, pointers, trained[fmt::format("{}@{}", repo, commit.id)]);
  return {};
}

void add_dataset_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/repos", list_repos);
  add(router, rooms, "GET", "/repos/:repo/commits", list_commits);
  add(router, rooms, "GET", "/repos/:repo/tree", list_tree);
  add(router, rooms, "GET", "/repos/:repo/preview", get_preview);
  add_dataset_writes(router, rooms);
}

}  // namespace gyre::rest
