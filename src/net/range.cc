#include "net/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gyre::net {
namespace {

bool read_number(std::string_view text, std::int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= 0;
}

}  // namespace

Result<std::optional<ByteRange>> requested_range(const Request& request, std::int64_t size_bytes) {
  auto text = request.header("Range").value_or("");
  if (!text.starts_with("bytes=") || text.contains(',')) return std::nullopt;  // other units and lists may be ignored
  text.remove_prefix(6);
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::int64_t first = 0, last = size_bytes - 1;
  const auto left = text.substr(0, dash), right = text.substr(dash + 1);
  if (left.empty()) {
    std::int64_t suffix = 0;
    if (!read_number(right, suffix)) return std::nullopt;
    first = std::max<std::int64_t>(0, size_bytes - suffix);
  } else {
    if (!read_number(left, first) || (!right.empty() && !read_number(right, last))) return std::nullopt;
    last = std::min(last, size_bytes - 1);
  }
  if (first > last) return fail(Code::invalid, fmt::format("the range lies outside the {} bytes", size_bytes));
  return ByteRange{first, last - first + 1};
}

Result<Response> ranged_response(const Request& request, std::int64_t size_bytes, std::string content_type,
                                 std::function<Result<void>(ByteRange, ByteSink&)> write_range) {
  Response response;
  response.content_type = std::move(content_type);
  response.headers.emplace("Accept-Ranges", "bytes");
  const auto range = requested_range(request, size_bytes);
  if (!range) {
    response.status = 416;
    response.headers.emplace("Content-Range", fmt::format("bytes */{}", size_bytes));
    response.body = std::string();
    return response;
  }
  const ByteRange wanted = range->value_or(ByteRange{0, size_bytes});
  if (*range) {
    response.status = 206;
    response.headers.emplace("Content-Range", fmt::format("bytes {}-{}/{}", wanted.first, wanted.first + wanted.count - 1, size_bytes));
  }
  response.content_length = wanted.count;
  response.body = BodyWriter([wanted, write = std::move(write_range)](ByteSink& sink) { return write(wanted, sink); });
  return response;
}

}  // namespace gyre::net
