// /receivers: who is told, whether it arrived, and trying it out
#include <algorithm>

#include "api/rest/routes.h"
#include "api/rest/run_alerts.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

// Neither the secret nor the URL beyond its host.
void receiver_fields(Writer& writer, const notify::Receiver& receiver) {
  writer.begin_object();
  writer.field("name", receiver.name);
  writer.field("kind", to_string(receiver.kind));
  writer.field("url", receiver.shown_url);
  writer.field("has_secret", receiver.has_secret);
  writer.field("enabled", receiver.enabled);
  strings_field(writer, "to", receiver.to);
  writer.field("from", receiver.from);
  writer.field("user", receiver.user);
  writer.field("tls", receiver.tls);
  time_field(writer, "updated_at", receiver.updated_ms);
  writer.end_object();
}

Result<net::Response> list_receivers(notify::Service& notices, const net::Request&) {
  const auto receivers = TRY(notices.receivers());
  return list_reply(std::ssize(receivers), std::nullopt, receivers, receiver_fields);
}

struct ReceiverBody {
  std::optional<std::string> kind, url, secret, from, user, tls;
  std::optional<std::vector<std::string>> to;
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(ReceiverBody, (), (kind, url, secret, from, user, tls, to, enabled))

Result<net::Response> set_receiver(notify::Service& notices, const net::Request& request) {
  auto sent = TRY(body<ReceiverBody>(request));
  const notify::Draft draft{std::move(sent.kind), std::move(sent.url), std::move(sent.secret), std::move(sent.from),
                            std::move(sent.user), std::move(sent.tls), std::move(sent.to),     sent.enabled};
  Writer writer;
  receiver_fields(writer, TRY(notices.set(request.parameter("receiver"), draft, actor_of(request))));
  return reply(writer);
}

Result<net::Response> remove_receiver(notify::Service& notices, const net::Request& request) {
  TRY(notices.remove(request.parameter("receiver"), actor_of(request)));
  Writer writer;
  writer.begin_object();
  writer.field("text", fmt::format("the receiver {} is gone", request.parameter("receiver")));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> test_receiver(notify::Service& notices, const net::Request& request) {
  const auto trouble = TRY(notices.test(request.parameter("receiver")));
  Writer writer;
  writer.begin_object();
  writer.field("success", !trouble.has_value());
  writer.field("trouble", trouble.value_or(""));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> list_deliveries(notify::Service& notices, const net::Request& request) {
  const auto limit = TRY(request.query_int("limit", 50, 1, kMaxPage));
  const auto state = TRY(query_choice(request, "state", {"waiting", "delivered", "dead"}, ""));
  TRY(notices.receiver(request.parameter("receiver")));
  const auto rows = TRY(notices.deliveries(request.parameter("receiver"), state, static_cast<std::size_t>(limit)));
  Writer writer;
  writer.begin_object();
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : rows) {
    writer.begin_object();
    writer.field("id", row.id);
    writer.field("alert", row.matter);
    writer.field("title", row.title);
    writer.field("state", row.state);
    writer.field("attempts", row.attempts);
    time_field(writer, "created_at", row.created_ms);
    time_field(writer, "due_at", row.due_ms);
    writer.field("trouble", row.trouble);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<net::Response> redeliver(notify::Service& notices, const net::Request& request) {
  const auto count = TRY(notices.redeliver(request.parameter("receiver"), actor_of(request)));
  Writer writer;
  writer.begin_object();
  writer.field("notices", count);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_receiver_routes(net::Router& router, notify::Service& notices) {
  using ReceiverHandler = Result<net::Response> (*)(notify::Service&, const net::Request&);
  const auto add = [&](std::string_view method, std::string_view path, ReceiverHandler handler) {
    router.add(method, fmt::format("/api/v1/receivers{}", path), [&notices, handler](const net::Request& request) { return handler(notices, request); },
               to_response, {.max_body_bytes = kMaxBodyBytes});
  };
  add("GET", "", list_receivers);
  add("PUT", "/:receiver", set_receiver);
  add("DELETE", "/:receiver", remove_receiver);
  add("POST", "/:receiver/test", test_receiver);
  add("GET", "/:receiver/deliveries", list_deliveries);
  add("POST", "/:receiver/redeliver", redeliver);
}

}  // namespace gyre::rest
