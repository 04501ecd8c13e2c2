// Spans as the JSON that MLflow's clients read and write.
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/base64.h"
#include "traces/python_json.h"
#include "traces/store.h"

namespace gyre::traces {
namespace {

constexpr std::string_view kIdPrefix = "tr-";

std::string_view bare(std::string_view trace_id) {
  if (trace_id.starts_with(kIdPrefix)) trace_id.remove_prefix(kIdPrefix.size());
  return trace_id;
}

std::string id_in_base64(std::string_view hex) { return base64(from_hex(hex).value_or("")); }

// A text that is JSON of a text, list or object already was encoded by the client, and is taken as it is.
std::string attribute_text(const json::Value& value) {
  const auto* text = value.if_string();
  const auto first = text ? text->find_first_not_of(" \t\r\n") : std::string::npos;
  if (text && first != std::string::npos && std::string_view("\"[{").contains((*text)[first]) && json::parse(*text)) return *text;
  return python_json(value);
}

void write_attributes(json::Writer& writer, const json::Object& attributes) {
  writer.key("attributes");
  writer.raw(python_json(attributes));
}

void write_events(json::Writer& writer, const std::vector<SpanEvent>& events) {
  writer.key("events");
  writer.begin_array();
  for (const auto& event : events) {
    writer.begin_object();
    writer.field("name", event.name);
    writer.field("time_unix_nano", event.at_ns);
    write_attributes(writer, event.attributes);
    writer.end_object();
  }
  writer.end_array();
}

void write_links(json::Writer& writer, const std::vector<SpanLink>& links) {
  writer.key("links");
  writer.begin_array();
  for (const auto& link : links) {
    writer.begin_object();
    writer.field("trace_id", link.trace_id);
    writer.field("span_id", link.span_id);
    write_attributes(writer, link.attributes);
    writer.end_object();
  }
  writer.end_array();
}

std::string hex_of(const json::Value& id) {
  const auto bytes = unbase64(id.string_or(""));
  return bytes ? to_hex(*bytes) : "";
}

json::Object object_of(const json::Value& value) { return value.if_object() ? *value.if_object() : json::Object{}; }

}  // namespace

std::string to_content(const Span& span) {
  json::Writer writer;
  writer.begin_object();
  writer.field("trace_id", id_in_base64(bare(span.trace_id)));
  writer.field("span_id", id_in_base64(span.span_id));
  writer.key("parent_span_id");
  span.parent_id.empty() ? writer.null() : writer.string(id_in_base64(span.parent_id));
  writer.field("name", span.name);
  writer.field("start_time_unix_nano", span.start_ns);
  writer.key("end_time_unix_nano");
  span.end_ns ? writer.integer(*span.end_ns) : writer.null();
  write_events(writer, span.events);
  writer.key("status");
  writer.begin_object();
  writer.field("code", "STATUS_CODE_" + span.status);
  writer.field("message", span.status_message);
  writer.end_object();
  writer.key("attributes");
  writer.begin_object();
  for (const auto& [key, value] : span.attributes) writer.field(key, attribute_text(value));
  writer.end_object();
  write_links(writer, span.links);
  writer.end_object();
  return writer.take();
}

Result<Span> from_content(std::string_view content) {
  const auto value = TRY(json::parse(content));
  Span span;
  span.trace_id = fmt::format("{}{}", kIdPrefix, hex_of(value["trace_id"]));
  span.span_id = hex_of(value["span_id"]);
  span.parent_id = hex_of(value["parent_span_id"]);
  span.name = value["name"].string_or("");
  span.start_ns = value["start_time_unix_nano"].int_or(0);
  if (const auto* end = value["end_time_unix_nano"].if_int()) span.end_ns = *end;
  constexpr std::string_view kCode = "STATUS_CODE_";
  const auto code = value["status"]["code"].string_or("STATUS_CODE_UNSET");
  span.status = code.starts_with(kCode) ? code.substr(kCode.size()) : code;
  span.status_message = value["status"]["message"].string_or("");
  for (const auto& [key, text] : object_of(value["attributes"])) {
    auto parsed = json::parse(text.string_or("null"));
    span.attributes.emplace_back(key, parsed ? std::move(*parsed) : text);
  }
  if (const auto* events = value["events"].if_array()) {
    for (const auto& event : *events) span.events.push_back({event["name"].string_or(""), event["time_unix_nano"].int_or(0), object_of(event["attributes"])});
  }
  if (const auto* links = value["links"].if_array()) {
    for (const auto& link : *links) span.links.push_back({link["trace_id"].string_or(""), link["span_id"].string_or(""), object_of(link["attributes"])});
  }
  return span;
}

}  // namespace gyre::traces
