// OpenTelemetry's export of spans (OTLP/HTTP), in both of its encodings, as the house's values.
#pragma once

#include "traces/traces.h"

namespace gyre::otlp {

struct Export {
  std::vector<traces::Span> spans;
  bool has_resources = false;  // whether it spoke of any process at all
};

// Fails with `invalid`; detail kUnconvertible: it is OTLP, but a span in it has no id or one of another length.
Result<Export> decode_protobuf(std::string_view body);
Result<Export> decode_json(std::string_view body);

constexpr std::string_view kUnconvertible = "unconvertible span";

// As MLflow spells ids: "tr-" and 32 digits, 16 digits; from bytes.
Result<std::string> trace_id_of(std::string_view bytes);
Result<std::string> span_id_of(std::string_view bytes);
// From OTLP's number of a status.
std::string status_of(std::int64_t code);
// Nanoseconds that 63 bits hold, else the most they do.
std::int64_t bounded_ns(std::uint64_t ns);

}  // namespace gyre::otlp
