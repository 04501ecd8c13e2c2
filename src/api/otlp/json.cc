// OTLP/JSON: protobuf's mapping, with ids in hexadecimal digits and 64-bit numbers as text or numbers.
#include <charconv>
#include <limits>

#include "api/otlp/decode.h"
#include "base/base64.h"

namespace gyre::otlp {
namespace {

std::unexpected<Error> malformed() { return fail(Code::invalid, "Invalid OpenTelemetry format"); }

// A member by its name in JSON, or by that of the field, which protobuf's readers take as well.
const json::Value& member(const json::Value& object, std::string_view name, std::string_view field) {
  const auto& found = object[name];
  return found.is_null() ? object[field] : found;
}

Result<const json::Array*> list(const json::Value& value) {
  static const json::Array kNone;
  if (value.is_null()) return &kNone;
  if (const auto* items = value.if_array()) return items;
  return malformed();
}

Result<std::string> text(const json::Value& value) {
  if (value.is_null()) return "";
  if (const auto* found = value.if_string()) return *found;
  return malformed();
}

template <class Number>
Result<Number> number(const json::Value& value) {
  if (value.is_null()) return Number{};
  if (const auto* whole = value.if_int(); whole && std::in_range<Number>(*whole)) return static_cast<Number>(*whole);
  if (const auto* digits = value.if_string()) {
    Number out{};
    const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), out);
    if (error == std::errc() && end == digits->data() + digits->size()) return out;
  }
  return malformed();
}

Result<double> real(const json::Value& value) {
  if (value.is_number()) return value.number_or(0);
  if (value.string_or("") == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (value.string_or("") == "Infinity") return std::numeric_limits<double>::infinity();
  if (value.string_or("") == "-Infinity") return -std::numeric_limits<double>::infinity();
  return malformed();
}

Result<std::string> id_bytes(const json::Value& value) {
  const auto bytes = from_hex(TRY(text(value)));
  if (!bytes) return malformed();
  return *bytes;
}

Result<json::Object> to_object(const json::Value& pairs);

Result<json::Value> to_value(const json::Value& any) {
  if (any.is_null()) return json::Value();
  if (!any.if_object()) return malformed();
  if (const auto& value = member(any, "stringValue", "string_value"); !value.is_null()) return json::Value(TRY(text(value)));
  if (const auto& value = member(any, "boolValue", "bool_value"); !value.is_null()) return value.if_bool() ? Result<json::Value>(value) : malformed();
  if (const auto& value = member(any, "intValue", "int_value"); !value.is_null()) return json::Value(TRY(number<std::int64_t>(value)));
  if (const auto& value = member(any, "doubleValue", "double_value"); !value.is_null()) return json::Value(TRY(real(value)));
  if (const auto& value = member(any, "bytesValue", "bytes_value"); !value.is_null()) return json::Value(TRY(text(value)));
  if (const auto& value = member(any, "kvlistValue", "kvlist_value"); !value.is_null()) return json::Value(TRY(to_object(value["values"])));
  const auto& array = member(any, "arrayValue", "array_value");
  if (array.is_null()) return json::Value();
  json::Array items;
  for (const auto& item : *TRY(list(array["values"]))) items.push_back(TRY(to_value(item)));
  return json::Value(std::move(items));
}

Result<json::Object> to_object(const json::Value& pairs) {
  json::Object object;
  for (const auto& pair : *TRY(list(pairs))) object.emplace_back(TRY(text(pair["key"])), TRY(to_value(pair["value"])));
  return object;
}

Result<std::int64_t> status_code(const json::Value& code) {
  const auto name = code.string_or("");
  if (name == "STATUS_CODE_UNSET") return 0;
  if (name == "STATUS_CODE_OK") return 1;
  if (name == "STATUS_CODE_ERROR") return 2;
  return number<std::int64_t>(code);
}

Result<traces::Span> to_span(const json::Value& from, const json::Object& resource) {
  traces::Span span{.trace_id = TRY(trace_id_of(TRY(id_bytes(member(from, "traceId", "trace_id"))))),
                    .span_id = TRY(span_id_of(TRY(id_bytes(member(from, "spanId", "span_id"))))),
                    .name = TRY(text(from["name"]))};
  if (const auto parent = TRY(id_bytes(member(from, "parentSpanId", "parent_span_id"))); !parent.empty()) span.parent_id = TRY(span_id_of(parent));
  span.start_ns = bounded_ns(TRY(number<std::uint64_t>(member(from, "startTimeUnixNano", "start_time_unix_nano"))));
  if (const auto end = TRY(number<std::uint64_t>(member(from, "endTimeUnixNano", "end_time_unix_nano"))); end != 0) span.end_ns = bounded_ns(end);
  span.status = status_of(TRY(status_code(from["status"]["code"])));
  span.status_message = TRY(text(from["status"]["message"]));
  span.attributes = TRY(to_object(from["attributes"]));
  for (const auto& event : *TRY(list(from["events"]))) {
    span.events.push_back({TRY(text(event["name"])), bounded_ns(TRY(number<std::uint64_t>(member(event, "timeUnixNano", "time_unix_nano")))),
                           TRY(to_object(event["attributes"]))});
  }
  for (const auto& link : *TRY(list(from["links"]))) {
    span.links.push_back({TRY(trace_id_of(TRY(id_bytes(member(link, "traceId", "trace_id"))))),
                          TRY(span_id_of(TRY(id_bytes(member(link, "spanId", "span_id"))))), TRY(to_object(link["attributes"]))});
  }
  span.resource = resource;
  return span;
}

}  // namespace

Result<Export> decode_json(std::string_view body) {
  const auto request = json::parse(body);
  if (!request || !request->if_object()) return malformed();
  const auto* resources = TRY(list(member(*request, "resourceSpans", "resource_spans")));
  Export out{.spans = {}, .has_resources = !resources->empty()};
  for (const auto& of_resource : *resources) {
    const auto resource = TRY(to_object(of_resource["resource"]["attributes"]));
    for (const auto& scope : *TRY(list(member(of_resource, "scopeSpans", "scope_spans")))) {
      for (const auto& span : *TRY(list(scope["spans"]))) out.spans.push_back(TRY(to_span(span, resource)));
    }
  }
  return out;
}

}  // namespace gyre::otlp
