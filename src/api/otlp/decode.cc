#include "api/otlp/decode.h"

#include <limits>

#include "base/base64.h"

namespace gyre::otlp {
namespace {

constexpr std::size_t kTraceIdBytes = 16, kSpanIdBytes = 8;

std::unexpected<Error> unconvertible(std::string_view what) { return fail(Code::invalid, std::string(what), std::string(kUnconvertible)); }

}  // namespace

Result<std::string> trace_id_of(std::string_view bytes) {
  if (bytes.size() != kTraceIdBytes) return unconvertible("a span's trace id has 16 bytes");
  return "tr-" + to_hex(bytes);
}

Result<std::string> span_id_of(std::string_view bytes) {
  if (bytes.size() != kSpanIdBytes) return unconvertible("a span's id has 8 bytes");
  return to_hex(bytes);
}

std::string status_of(std::int64_t code) { return code == 1 ? "OK" : code == 2 ? "ERROR" : "UNSET"; }

std::int64_t bounded_ns(std::uint64_t ns) { return static_cast<std::int64_t>(std::min<std::uint64_t>(ns, std::numeric_limits<std::int64_t>::max())); }

}  // namespace gyre::otlp
