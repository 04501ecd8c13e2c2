#include "api/rest/retention.h"

#include <algorithm>

#include "api/rest/retention_wire.h"
#include "api/rest/routes.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

using tracking::Retention;
using RetentionHandler = Result<net::Response> (*)(Retention& retention, const net::Request& request);

// {text, undo}: a write that took effect, and the command that takes it back, where there is one.
net::Response told(std::string_view text, std::string_view undo = "") {
  Writer writer;
  writer.begin_object();
  writer.field("text", text);
  writer.field("undo", undo);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> get_overview(Retention& retention, const net::Request&) {
  const auto bin = TRY(retention.bin(1, 0));
  Writer writer;
  writer.begin_object();
  writer.field("undo_window_ms", TRY(retention.undo_window_ms()));
  writer.field("bin_total", bin.total);
  writer.field("rules_total", static_cast<std::int64_t>(TRY(retention.rules()).size()));
  writer.end_object();
  return reply(writer);
}

struct WindowBody {
  std::string undo_window;
};
BOOST_DESCRIBE_STRUCT(WindowBody, (), (undo_window))

Result<net::Response> set_window(Retention& retention, const net::Request& request) {
  const auto wanted = TRY(body<WindowBody>(request));
  TRY(retention.set_undo_window(TRY(parse_duration_ms(wanted.undo_window)), actor_of(request)));
  return told(fmt::format("what is deleted can be restored for {}", wanted.undo_window));
}

Result<net::Response> list_bin(Retention& retention, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto asked = [&](std::string_view name) { return std::string(request.query_text(name).value_or("")); };
  tracking::BinOf of{.experiment_id = asked("experiment"), .id = asked("id")};
  if (const auto kind = asked("kind"); !kind.empty()) of.kind = TRY(tracking::parse_kind(kind));
  const auto bin = TRY(retention.bin(page.limit, TRY(page.offset()), of));
  return list_reply(bin.total, bin.next_offset < 0 ? std::nullopt : std::optional(std::to_string(bin.next_offset)), bin.items, write_bin_item);
}

// {text, undo, restored, more}
net::Response told_restored(const tracking::Restored& restored) {
  std::string what;
  const auto add = [&](std::int64_t n, std::string_view noun) {
    if (n > 0) what += fmt::format("{}{} {}{}", what.empty() ? "" : ", ", n, noun, n == 1 ? "" : "s");
  };
  add(restored.experiments, "experiment");
  add(restored.runs, "run");
  add(restored.models, "logged model");
  Writer writer;
  writer.begin_object();
  writer.field("text", what.empty() ? std::string("there was nothing to restore") : "back from the bin: " + what);
  writer.field("undo", "");
  writer.field("restored", restored.runs + restored.models + restored.experiments);
  writer.field("more", restored.more);
  writer.end_object();
  return reply(writer);
}

// Of what a rule took: from when on; 0: all of it.
Result<TimeMs> since_of(const ThingBody& wanted) {
  if (wanted.since.empty()) return 0;
  if (wanted.rule.empty()) return fail(Code::invalid, "'since' goes with a rule", {}, R"({"rule": "...", "since": "2001-04-01T00:00:00.000Z"})");
  const auto at = from_iso(wanted.since);
  if (!at) return fail(Code::invalid, fmt::format("'since' is not a time in ISO 8601 UTC: '{:.40}'", wanted.since), {}, "for example 2001-04-01T00:00:00.000Z");
  return *at;
}

Result<net::Response> restore(Retention& retention, const net::Request& request) {
  const auto wanted = TRY(body<ThingBody>(request));
  const bool one = !wanted.kind.empty() || !wanted.id.empty(), of_rule = !wanted.rule.empty();
  if (one + of_rule + wanted.everything != 1)
    return fail(Code::invalid, "what is to be restored is not told", {},
                R"({"kind": "run", "id": "..."}, {"rule": "..."} for what it put in, or {"everything": true} for all that the bin holds)");
  const auto since_ms = TRY(since_of(wanted));
  if (wanted.everything) return told_restored(TRY(retention.restore_all(actor_of(request))));
  if (of_rule) return told_restored(TRY(retention.restore_of_rule(wanted.rule, actor_of(request), since_ms)));
  const auto kind = TRY(tracking::parse_kind(wanted.kind));
  TRY(retention.restore(kind, wanted.id, actor_of(request)));
  return told(fmt::format("{} {} is restored", wanted.kind, wanted.id));
}

Result<net::Response> purge(Retention& retention, const net::Request& request) {
  const auto wanted = TRY(body<ThingBody>(request));
  if (!wanted.rule.empty() || !wanted.since.empty() || wanted.everything != wanted.kind.empty() || wanted.kind.empty() != wanted.id.empty())
    return fail(Code::invalid, "what is to be purged is not told", {}, R"({"kind": "run", "id": "..."}, or {"everything": true} for all that the bin holds)");
  tracking::Selection what;
  if (!wanted.everything) what = {TRY(tracking::parse_kind(wanted.kind)), wanted.id};
  Writer writer;
  write_order(writer, TRY(retention.purge(what, actor_of(request))));
  return reply(writer);
}

Result<net::Response> list_rules(Retention& retention, const net::Request&) {
  const auto all = TRY(retention.rules());
  return list_reply(std::ssize(all), std::nullopt, all, write_rule);
}

Result<net::Response> put_rule(Retention& retention, const net::Request& request) {
  const auto rule = TRY(read_rule(request));
  const auto before = TRY(retention.rules());
  const auto since_ms = TRY(retention.set_rule(rule, actor_of(request)));
  const auto old = std::ranges::find(before, rule.name, [](const tracking::StoredRule& stored) { return stored.rule.name; });
  const auto back = old == before.end() ? "gyre retention rm " + rule.name : command_of(old->rule);
  return told(fmt::format("the rule {} is kept from now on", rule.name), fmt::format("{} && {}", back, command_that_restores(rule.name, since_ms)));
}

Result<net::Response> plan(Retention& retention, const net::Request& request) {
  Writer writer;
  write_plan(writer, TRY(retention.plan(TRY(read_rule(request)))));
  return reply(writer);
}

Result<net::Response> remove_rule(Retention& retention, const net::Request& request) {
  const auto rule = request.parameter("rule");
  TRY(retention.remove_rule(rule, actor_of(request)));
  return told(fmt::format("the rule {} is gone; what it put into the bin stays there for its time", rule));
}

Result<net::Response> list_quotas(Retention& retention, const net::Request&) {
  const auto all = TRY(retention.quotas());
  return list_reply(std::ssize(all), std::nullopt, all, write_quota);
}

Result<net::Response> put_quota(Retention& retention, const net::Request& request) {
  const auto quota = TRY(read_quota(request));
  const auto before = TRY(retention.quotas());
  const auto since_ms = TRY(retention.set_quota(quota, actor_of(request)));
  const auto scope = tracking::scope_of(quota);
  const auto old = std::ranges::find(before, scope, [](const tracking::StoredQuota& stored) { return scope_of(stored.quota); });
  auto back = old == before.end() ? fmt::format("gyre retention quota {} --rm", scope) : command_of(old->quota);
  if (quota.oldest) back += " && " + command_that_restores("quota:" + scope, since_ms);
  return told(fmt::format("the quota of {} holds from its first count on", scope), back);
}

Result<net::Response> remove_quota(Retention& retention, const net::Request& request) {
  const auto scope = request.parameter("experiment");
  TRY(retention.remove_quota(scope == "all" ? "" : scope, actor_of(request)));
  return told(fmt::format("the quota of {} is gone", scope));
}

}  // namespace

void add_retention_routes(net::Router& router, Retention& retention) {
  const auto add = [&](std::string_view method, std::string_view path, RetentionHandler handler) {
    auto handle = [&retention, handler](const net::Request& request) { return handler(retention, request); };
    router.add(method, fmt::format("/api/v1/retention{}", path), std::move(handle), to_response, {.max_body_bytes = kMaxBodyBytes});
  };
  add("GET", "", get_overview);
  add("POST", "", set_window);
  add("GET", "/bin", list_bin);
  add("POST", "/restore", restore);
  add("POST", "/purge", purge);
  add("GET", "/rules", list_rules);
  add("POST", "/rules", put_rule);
  add("DELETE", "/rules/:rule", remove_rule);
  add("POST", "/plan", plan);
  add("GET", "/quotas", list_quotas);
  add("POST", "/quotas", put_quota);
  add("DELETE", "/quotas/:experiment", remove_quota);
}

}  // namespace gyre::rest
