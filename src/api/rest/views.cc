// /views: states of pages under a short id
#include "views/views.h"

#include <charconv>

#include "api/rest/wire.h"
#include "api/rest/workspace.h"

namespace gyre::rest {

struct NewViewBody {
  std::string kind = {}, name = {}, scope = "link", subject = {};
  json::Value state = {};
};
BOOST_DESCRIBE_STRUCT(NewViewBody, (), (kind, name, scope, subject, state))

// What is left out stays as it is.
struct ViewBody {
  std::optional<std::string> name = {}, subject = {};
  json::Value state = {};
};
BOOST_DESCRIBE_STRUCT(ViewBody, (), (name, subject, state))

namespace {

constexpr std::int64_t kMaxViews = 500;

std::string etag_of(const views::View& view) { return fmt::format("\"{}\"", view.revision); }

void view_fields(Writer& writer, const views::View& view) {
  writer.field("id", view.id);
  writer.field("kind", view.kind);
  writer.field("scope", views::to_string(view.scope));
  writer.field("subject", view.subject);
  writer.field("name", view.name);
  writer.field("rev", std::to_string(view.revision));
  writer.field("deleted", view.deleted_ms.has_value());
  writer.field("changed_by", view.changed_by);
  time_field(writer, "created_at", view.created_ms);
  time_field(writer, "updated_at", view.updated_ms);
}

void write_view(Writer& writer, const views::View& view) {
  writer.begin_object();
  view_fields(writer, view);
  writer.key("state");
  writer.raw(view.state);
  writer.end_object();
}

net::Response view_reply(const views::View& view) {
  Writer writer;
  write_view(writer, view);
  auto response = reply(writer);
  response.headers.emplace("ETag", etag_of(view));
  return response;
}

Result<views::Scope> scope_of(std::string_view word) {
  if (word == "link") return views::Scope::link;
  if (word == "shared") return views::Scope::shared;
  return fail(Code::invalid, fmt::format("'scope' cannot be '{:.40}'", word), {}, "one of: link, shared");
}

Result<net::Response> create_view(const Workspace& workspace, const net::Request& request) {
  auto wish = TRY(body<NewViewBody>(request));
  const views::NewView fresh{TRY(scope_of(wish.scope)), std::move(wish.kind), std::move(wish.subject), std::move(wish.name), std::move(wish.state)};
  return view_reply(TRY(workspace.views.create(fresh, actor_of(request))));
}

Result<net::Response> get_view(const Workspace& workspace, const net::Request& request) {
  return view_reply(TRY(workspace.views.view(request.parameter("view"))));
}

Result<net::Response> list_views(const Workspace& workspace, const net::Request& request) {
  const auto page = TRY(page_of(request, 100, kMaxViews));
  const auto asked = [&](std::string_view name) { return std::string(request.query_text(name).value_or("")); };
  const auto found = TRY(workspace.views.list({.kind = asked("kind"), .subject = asked("subject"), .limit = page.limit, .offset = TRY(page.offset())}));
  return list_reply(found.total, found.next_offset < 0 ? std::nullopt : std::optional(std::to_string(found.next_offset)), found.rows, write_view);
}

// The revision that If-Match names; nothing where it names any.
Result<std::optional<std::int64_t>> expected_revision(const net::Request& request, bool needed) {
  auto text = request.header("If-Match").value_or("");
  if (text.empty() && needed)
    return fail(Code::invalid, "which revision is to be changed is not told", {}, "send its 'rev' as the header If-Match, or * to change whatever is there");
  if (text.empty() || text == "*") return std::nullopt;
  if (text.starts_with('"') && text.ends_with('"') && text.size() > 1) text = text.substr(1, text.size() - 2);
  std::int64_t revision = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (error == std::errc() && end == text.data() + text.size()) return revision;
  return fail(Code::invalid, fmt::format("If-Match is no revision of a view: '{:.40}'", text), {}, "the 'rev' that the view had when it was read");
}

// 409 with both: what is there, and what was sent.
net::Response stale_reply(const views::View& there, const net::Request& request, const json::Value& sent) {
  Writer writer;
  writer.begin_object();
  writer.key("error");
  writer.begin_object();
  writer.field("code", to_string(Code::conflict));
  writer.field("what", fmt::format("'{}' was changed meanwhile by {}", there.name, there.changed_by));
  writer.field("why", "");
  writer.field("fix", fmt::format("send it again with If-Match: {}, or save it under another name", etag_of(there)));
  writer.field("request_id", request.request_id);
  writer.end_object();
  writer.key("theirs");
  write_view(writer, there);
  writer.field("yours", sent);
  writer.end_object();
  auto response = net::json_response(writer.take(), 409);
  response.headers.emplace("ETag", etag_of(there));
  return response;
}

Result<net::Response> change_view(const Workspace& workspace, const net::Request& request) {
  const auto sent = TRY(json_body(request));
  auto wish = TRY(json::decode_strict<ViewBody>(sent));
  views::Change change{.subject = std::move(wish.subject), .name = std::move(wish.name), .state = {}};
  if (!wish.state.is_null()) change.state = std::move(wish.state);
  const auto outcome = TRY(workspace.views.change(request.parameter("view"), TRY(expected_revision(request, true)), change, actor_of(request)));
  return outcome.stale ? stale_reply(outcome.view, request, sent) : view_reply(outcome.view);
}

Result<net::Response> remove_view(const Workspace& workspace, const net::Request& request) {
  const auto outcome = TRY(workspace.views.remove(request.parameter("view"), TRY(expected_revision(request, false)), actor_of(request)));
  return outcome.stale ? stale_reply(outcome.view, request, nullptr) : view_reply(outcome.view);
}

}  // namespace

void add_view_routes(net::Router& router, const Workspace& workspace) {
  add(router, workspace, "POST", "/views", create_view);
  add(router, workspace, "GET", "/views", list_views);
  add(router, workspace, "GET", "/views/:view", get_view);
  add(router, workspace, "PUT", "/views/:view", change_view);
  add(router, workspace, "DELETE", "/views/:view", remove_view);
}

}  // namespace gyre::rest
