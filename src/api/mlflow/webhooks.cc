#include "api/mlflow/webhooks.h"

#include "api/mlflow/pages.h"
#include "api/mlflow/traces.h"
#include "api/mlflow/wire.h"

namespace gyre::mlflow {
namespace {

using webhooks::Draft, webhooks::Event;

void write(Writer& writer, const webhooks::Webhook& webhook) {
  writer.begin_object();
  writer.field("webhook_id", webhook.id);
  writer.field("name", webhook.name);
  if (!webhook.description.empty()) writer.field("description", webhook.description);
  writer.field("url", webhook.url);
  writer.key("events");
  writer.begin_array();
  for (const auto& event : webhook.events) {
    writer.begin_object();
    writer.field("entity", event.entity);
    writer.field("action", event.action);
    writer.end_object();
  }
  writer.end_array();
  writer.field("status", webhook.status);
  writer.field("creation_timestamp", webhook.created_ms);
  writer.field("last_updated_timestamp", webhook.updated_ms);
  writer.end_object();
}

void write(Writer& writer, const webhooks::Delivery& delivery) {
  writer.begin_object();
  writer.field("delivery_id", delivery.id);
  writer.field("webhook_id", delivery.webhook_id);
  writer.field("entity", delivery.event.entity);
  writer.field("action", delivery.event.action);
  writer.field("state", delivery.state);
  writer.field("attempts", delivery.attempts);
  writer.field("creation_timestamp", delivery.created_ms);
  writer.field("due_timestamp", delivery.due_ms);
  if (delivery.answered) writer.field("response_status", *delivery.answered);
  if (!delivery.trouble.empty()) writer.field("error_message", delivery.trouble);
  writer.end_object();
}

template <class Item>
net::Response one_reply(std::string_view name, const Item& item) {
  Writer writer;
  writer.begin_object();
  writer.key(name);
  write(writer, item);
  writer.end_object();
  return reply(writer);
}

Result<Event> read_event(const json::Value& value, std::string_view name) {
  if (!value["entity"].if_string() || !value["action"].if_string()) return wrong_type(value, name);
  return Event{*value["entity"].if_string(), *value["action"].if_string()};
}

Result<Draft> read_draft(const Args& args) {
  Draft draft{.name = args.optional_text("name"),
              .description = args.optional_text("description"),
              .url = args.optional_text("url"),
              .secret = args.optional_text("secret"),
              .status = args.optional_text("status"),
              .events = {}};
  const auto* events = TRY(args.list("events"));
  for (const auto& event : *events) (draft.events ? *draft.events : draft.events.emplace()).push_back(TRY(read_event(event, "events")));
  return draft;
}

Result<net::Response> create(webhooks::Service& webhooks, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto draft = TRY(read_draft(args));
  for (const std::string_view name : {"name", "url"}) TRY(args.required_text(name));
  if (!draft.events)
    return fail(Code::invalid, "Missing value for required parameter 'events'. See the API docs for more information about request parameters.");
  return one_reply("webhook", TRY(webhooks.create(draft)));
}

Result<net::Response> list(webhooks::Service& webhooks, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto limit = TRY(args.integer("max_results", 100)), offset = TRY(page_offset(args));
  auto found = TRY(webhooks.list(limit, offset));
  const bool more = static_cast<std::int64_t>(found.size()) > limit;
  if (more) found.pop_back();
  Writer writer;
  writer.begin_object();
  if (!found.empty()) {
    writer.key("webhooks");
    writer.begin_array();
    for (const auto& webhook : found) write(writer, webhook);
    writer.end_array();
  }
  if (more) writer.field("next_page_token", page_token(offset + limit));
  writer.end_object();
  return reply(writer);
}

std::string_view id_of(const net::Request& request) { return request.parameter("webhook_id"); }

Result<net::Response> get(webhooks::Service& webhooks, const net::Request& request) { return one_reply("webhook", TRY(webhooks.webhook(id_of(request)))); }

Result<net::Response> update(webhooks::Service& webhooks, const net::Request& request) {
  return one_reply("webhook", TRY(webhooks.update(id_of(request), TRY(read_draft(TRY(Args::of(request)))))));
}

Result<net::Response> remove(webhooks::Service& webhooks, const net::Request& request) {
  TRY(webhooks.remove(id_of(request)));
  return empty_reply();
}

Result<net::Response> test(webhooks::Service& webhooks, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto& given = args.value()["event"];
  const auto result = TRY(webhooks.test(id_of(request), given.is_null() ? std::nullopt : std::optional(TRY(read_event(given, "event")))));
  Writer writer;
  writer.begin_object();
  writer.key("result");
  writer.begin_object();
  writer.field("success", result.success);
  if (result.status) writer.field("response_status", *result.status);
  if (result.status) writer.field("response_body", result.body);
  if (!result.trouble.empty()) writer.field("error_message", result.trouble);
  writer.end_object();
  writer.end_object();
  return reply(writer);
}

Result<net::Response> deliveries(webhooks::Service& webhooks, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto found = TRY(webhooks.deliveries(id_of(request), args.text("state"), TRY(args.integer("max_results", 100))));
  Writer writer;
  writer.begin_object();
  writer.key("deliveries");
  writer.begin_array();
  for (const auto& delivery : found) write(writer, delivery);
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<net::Response> redeliver(webhooks::Service& webhooks, const net::Request& request) {
  return one_reply("delivery", TRY(webhooks.redeliver(id_of(request), request.parameter("delivery_id"))));
}

}  // namespace

void add_webhook_routes(net::Router& router, webhooks::Service& webhooks) {
  const auto route = [&](std::string_view method, std::string_view path, Result<net::Response> (*handler)(webhooks::Service&, const net::Request&)) {
    add_versioned(router, 2, method, path, std::bind_front(handler, std::ref(webhooks)));
  };
  route("POST", "/webhooks", create);
  route("GET", "/webhooks", list);
  route("GET", "/webhooks/:webhook_id", get);
  route("PATCH", "/webhooks/:webhook_id", update);
  route("DELETE", "/webhooks/:webhook_id", remove);
  route("POST", "/webhooks/:webhook_id/test", test);
  route("GET", "/webhooks/:webhook_id/deliveries", deliveries);
  route("POST", "/webhooks/:webhook_id/deliveries/:delivery_id/redeliver", redeliver);
}

}  // namespace gyre::mlflow
