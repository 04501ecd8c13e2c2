// OTLP, in both encodings: what is taken is kept and read again as the same; what is refused is the caller's mistake.
#include "api/otlp/decode.h"
#include "fuzz/fuzz.h"

using namespace gyre;

namespace {

void check(const Result<otlp::Export>& decoded) {
  if (!decoded) {
    fuzz::require(decoded.error().code == Code::invalid, "a refused body is the caller's mistake", decoded.error().message);
    return;
  }
  for (const auto& span : decoded->spans) {
    const auto content = traces::to_content(span);
    const auto read = traces::from_content(content);
    fuzz::require(read.has_value(), "what is kept can be read", content);
    fuzz::require(read->trace_id == span.trace_id && read->span_id == span.span_id && read->parent_id == span.parent_id, "ids stay", content);
    fuzz::require(read->start_ns == span.start_ns && read->end_ns == span.end_ns && read->status == span.status, "times and status stay", content);
    fuzz::require(read->attributes.size() <= span.attributes.size() && read->events.size() == span.events.size() && read->links.size() == span.links.size(),
                  "nothing is added or lost", content);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = fuzz::text_of(data, size);
  check(otlp::decode_protobuf(body));
  check(otlp::decode_json(body));
  return 0;
}
