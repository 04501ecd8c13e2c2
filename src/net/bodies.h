// Bodies that a worker reads or writes while it runs a handler. Inside net/ only.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "net/blocking_stream.h"
#include "net/callers.h"

namespace gyre::net {

using HeadParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

// As opposed to a client that went away or was too slow.
inline bool is_malformed(const boost::system::error_code& error) {
  namespace http = boost::beast::http;
  return error.category() == make_error_code(http::error::bad_chunk).category() && error != http::error::partial_message && error != http::error::end_of_stream;
}

// What `step` reports, also where Beast throws it, as it does on a trailer with a field beyond its limits.
template <class Step>
auto without_throw(boost::system::error_code& error, const Step& step) -> decltype(step()) try {
  return step();
} catch (const std::length_error&) {
  error = boost::beast::http::error::header_limit;
  return 0;
}

// The memory that one request's body takes of what all bodies may take together, until the request is answered.
class HeldBytes {
 public:
  HeldBytes(std::atomic<std::int64_t>& all, std::atomic<std::int64_t>& own, std::size_t most) : all_(all), own_(own), most_(static_cast<std::int64_t>(most)) {}
  ~HeldBytes() { all_ -= mine_, own_ -= mine_; }
  HeldBytes(const HeldBytes&) = delete;

  // False when the bodies of all requests, or of this caller's, would take more than they may. A small one always fits.
  bool grow_to(std::size_t bytes) {
    const auto more = static_cast<std::int64_t>(bytes) - mine_;
    if (bytes <= kSmallBytes || more <= 0) return true;
    mine_ += more;
    const auto all = all_ += more, own = own_ += more;
    return has_room(all - 1, most_, own - 1);
  }

 private:
  static constexpr std::size_t kSmallBytes = 64 << 10;
  std::atomic<std::int64_t>& all_;
  std::atomic<std::int64_t>& own_;  // the caller's
  const std::int64_t most_;
  std::int64_t mine_ = 0;
};

// A body as it arrives.
class UploadSource final : public ByteSource {
 public:
  UploadSource(BlockingStream& stream, boost::beast::flat_buffer& buffer, HeadParser& parser)
      : stream_(stream), buffer_(buffer), parser_(parser), block_(kStreamBlockBytes, '\0') {}

  Result<std::string_view> read(std::size_t most) override {
    if (parser_.is_done()) return std::string_view();
    if (gone_) return has_gone(gone_);
    auto& body = parser_.get().body();
    body.data = block_.data();
    body.size = std::min(most, block_.size());
    const auto room = body.size;
    boost::system::error_code error;
    without_throw(error, [&] { return boost::beast::http::read(stream_, buffer_, parser_, error); });
    if (is_malformed(error) && error != boost::beast::http::error::need_buffer)
      return fail(Code::invalid, "the request's body is not valid HTTP/1.1: " + error.message());
    const bool gone = error && error != boost::beast::http::error::need_buffer;
    const auto got = room - body.size;
    if (gone && got > 0) gone_ = error;  // told with the next block: what came before it counts
    if (gone && got == 0) return has_gone(error);
    return std::string_view(block_.data(), got);
  }

 private:
  static std::unexpected<Error> has_gone(const boost::system::error_code& error) {
    return fail(Code::cancelled, "the client stopped sending: " + error.message());
  }

  BlockingStream& stream_;
  boost::beast::flat_buffer& buffer_;
  HeadParser& parser_;
  std::string block_;
  boost::system::error_code gone_;
};

// A body as it is made: in chunks, or as it is where its length was told.
class DownloadSink final : public ByteSink {
 public:
  DownloadSink(BlockingStream& stream, bool chunked) : stream_(stream), chunked_(chunked) {}
  Result<void> write(std::string_view bytes) override {
    if (bytes.empty()) return {};
    const bool sent =
        chunked_ ? stream_.write_all(fmt::format("{:x}\r\n", bytes.size())) && stream_.write_all(bytes) && stream_.write_all("\r\n") : stream_.write_all(bytes);
    if (!sent) return fail(Code::cancelled, "the client has gone");
    return {};
  }

 private:
  BlockingStream& stream_;
  const bool chunked_;
};

}  // namespace gyre::net
