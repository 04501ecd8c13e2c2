#include "net/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

namespace gyre::net {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: gzip's header
constexpr int kZlibWindow = 15, kRawWindow = -15;
constexpr int kLevel = 1;  // answers are made once and read once
constexpr std::size_t kBlockBytes = 64 << 10;

Bytef* as_bytes(const char* text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }

Result<std::string> unpacked(std::string_view bytes, int window, std::size_t limit_bytes) {
  z_stream stream{};
  inflateInit2(&stream, window);
  stream.next_in = as_bytes(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out, block(kBlockBytes, '\0');
  int outcome = Z_OK;
  while (outcome == Z_OK && out.size() <= limit_bytes) {
    stream.next_out = as_bytes(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    outcome = inflate(&stream, Z_NO_FLUSH);
    out.append(block, 0, block.size() - stream.avail_out);
    if (outcome == Z_STREAM_END && stream.avail_in > 0 && window == kGzipWindow) outcome = inflateReset(&stream);  // another member: together they are the body
    if (outcome == Z_BUF_ERROR || (outcome == Z_OK && stream.avail_in == 0 && stream.avail_out != 0)) break;
  }
  inflateEnd(&stream);
  if (out.size() > limit_bytes) return fail(Code::exhausted, fmt::format("the compressed body unpacks to more than {} bytes", limit_bytes));
  if (outcome != Z_STREAM_END)
    return fail(Code::invalid, fmt::format("the body says {}, but is not or is cut off", window == kGzipWindow ? "gzip" : "deflate"));
  return out;
}

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = as_bytes(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = as_bytes(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t limit_bytes) { return unpacked(bytes, kGzipWindow, limit_bytes); }

Result<std::string> inflate_body(std::string_view bytes, std::size_t limit_bytes) {
  auto out = unpacked(bytes, kZlibWindow, limit_bytes);
  return out || out.error().code == Code::exhausted ? out : unpacked(bytes, kRawWindow, limit_bytes);
}

}  // namespace gyre::net
