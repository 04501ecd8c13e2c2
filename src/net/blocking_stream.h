// A connected socket that a worker thread reads and writes, with a time-out for each step. Inside net/ only.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>

#include "net/message.h"

namespace gyre::net {

// What Beast calls a SyncReadStream and SyncWriteStream.
class BlockingStream {
 public:
  BlockingStream(int fd, int timeout_ms) : fd_(fd), timeout_ms_(timeout_ms) {}

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, boost::system::error_code& error) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at) {
      const boost::asio::mutable_buffer buffer = *at;
      if (buffer.size() != 0) return receive(buffer.data(), buffer.size(), error);
    }
    return 0;
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    boost::system::error_code error;
    const auto size = read_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return size;
  }

  bool write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        if (!wait_for(POLLOUT)) return false;
      } else if (errno != EINTR) {
        return false;
      }
    }
    return true;
  }

 private:
  bool wait_for(short what) {
    pollfd waiting{fd_, what, 0};
    return ::poll(&waiting, 1, timeout_ms_) == 1;
  }

  std::size_t receive(void* into, std::size_t size, boost::system::error_code& error) {
    for (;;) {
      const auto got = ::recv(fd_, into, size, MSG_DONTWAIT);
      if (got > 0) return static_cast<std::size_t>(got);
      if (got == 0) return error = boost::asio::error::eof, 0;
      if (errno == EAGAIN && !wait_for(POLLIN)) return error = boost::asio::error::timed_out, 0;
      if (errno != EAGAIN && errno != EINTR) return error = boost::system::error_code(errno, boost::system::system_category()), 0;
    }
  }

  const int fd_, timeout_ms_;
};

}  // namespace gyre::net
