// Bodies that a worker reads or writes while it runs a handler. Inside net/ only.
#pragma once

#include <fmt/format.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "net/blocking_stream.h"

namespace gyre::net {

using HeadParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

// A body as it arrives.
class UploadSource final : public ByteSource {
 public:
  UploadSource(BlockingStream& stream, boost::beast::flat_buffer& buffer, HeadParser& parser) : stream_(stream), buffer_(buffer), parser_(parser), block_(kStreamBlockBytes, '\0') {}

  Result<std::string_view> read(std::size_t most) override {
    if (parser_.is_done()) return std::string_view();
    auto& body = parser_.get().body();
    body.data = block_.data();
    body.size = std::min(most, block_.size());
    const auto room = body.size;
    boost::system::error_code error;
    boost::beast::http::read(stream_, buffer_, parser_, error);
    if (error && error != boost::beast::http::error::need_buffer) return fail(Code::cancelled, "the client stopped sending: " + error.message());
    return std::string_view(block_.data(), room - body.size);
  }

 private:
  BlockingStream& stream_;
  boost::beast::flat_buffer& buffer_;
  HeadParser& parser_;
  std::string block_;
};

// A body as it is made: in chunks, or as it is where its length was told.
class DownloadSink final : public ByteSink {
 public:
  DownloadSink(BlockingStream& stream, bool chunked) : stream_(stream), chunked_(chunked) {}
  Result<void> write(std::string_view bytes) override {
    if (bytes.empty()) return {};
    const bool sent = chunked_ ? stream_.write_all(fmt::format("{:x}\r\n", bytes.size())) && stream_.write_all(bytes) && stream_.write_all("\r\n") : stream_.write_all(bytes);
    if (!sent) return fail(Code::cancelled, "the client has gone");
    return {};
  }

 private:
  BlockingStream& stream_;
  const bool chunked_;
};

}  // namespace gyre::net
