// The only place that knows protobuf.
#include <google/protobuf/io/coded_stream.h>

#include "api/otlp/decode.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "trace.pb.h"

namespace gyre::otlp {
namespace {

constexpr int kMaxDepth = 80;  // of messages in each other; a list in an attribute takes two

json::Object to_object(const google::protobuf::RepeatedPtrField<wire::KeyValue>& pairs);

json::Value to_value(const wire::AnyValue& value) {
  switch (value.value_case()) {
    case wire::AnyValue::kStringValue:
      return value.string_value();
    case wire::AnyValue::kBoolValue:
      return value.bool_value();
    case wire::AnyValue::kIntValue:
      return static_cast<std::int64_t>(value.int_value());
    case wire::AnyValue::kDoubleValue:
      return value.double_value();
    case wire::AnyValue::kBytesValue:
      return base64(value.bytes_value());
    case wire::AnyValue::kKvlistValue:
      return to_object(value.kvlist_value().values());
    case wire::AnyValue::kArrayValue: {
      json::Array items;
      for (const auto& item : value.array_value().values()) items.push_back(to_value(item));
      return items;
    }
    case wire::AnyValue::VALUE_NOT_SET:
      break;
  }
  return nullptr;
}

json::Object to_object(const google::protobuf::RepeatedPtrField<wire::KeyValue>& pairs) {
  json::Object object;
  for (const auto& pair : pairs) object.emplace_back(pair.key(), to_value(pair.value()));
  return object;
}

Result<traces::Span> to_span(const wire::Span& from, const json::Object& resource) {
  traces::Span span{.trace_id = TRY(trace_id_of(from.trace_id())),
                    .span_id = TRY(span_id_of(from.span_id())),
                    .name = from.name(),
                    .start_ns = bounded_ns(from.start_time_unix_nano()),
                    .resource = resource};
  if (!from.parent_span_id().empty()) span.parent_id = TRY(span_id_of(from.parent_span_id()));
  if (from.end_time_unix_nano() != 0) span.end_ns = bounded_ns(from.end_time_unix_nano());
  span.status = status_of(from.status().code());
  span.status_message = from.status().message();
  span.attributes = to_object(from.attributes());
  for (const auto& event : from.events()) span.events.push_back({event.name(), bounded_ns(event.time_unix_nano()), to_object(event.attributes())});
  for (const auto& link : from.links())
    span.links.push_back({TRY(trace_id_of(link.trace_id())), TRY(span_id_of(link.span_id())), to_object(link.attributes())});
  return span;
}

}  // namespace

Result<Export> decode_protobuf(std::string_view body) {
  wire::Request request;
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(body.data()), static_cast<int>(body.size()));
  stream.SetRecursionLimit(kMaxDepth);
  if (!request.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) return fail(Code::invalid, "Invalid OpenTelemetry format");
  Export out{.spans = {}, .has_resources = request.resource_spans_size() > 0};
  for (const auto& of_resource : request.resource_spans()) {
    const auto resource = to_object(of_resource.resource().attributes());
    for (const auto& scope : of_resource.scope_spans()) {
      for (const auto& span : scope.spans()) out.spans.push_back(TRY(to_span(span, resource)));
    }
  }
  return out;
}

}  // namespace gyre::otlp
