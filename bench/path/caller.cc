#include "bench/path/caller.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>

namespace gyre::bench {
namespace {

constexpr std::string_view kLength = "Content-Length: ";

// How long the answer is as a whole, head included; 0 while its head is not there.
std::size_t whole_size(std::string_view answer) {
  const auto head = answer.find("\r\n\r\n");
  const auto at = answer.find(kLength);
  if (head == std::string_view::npos || at == std::string_view::npos) return 0;
  std::size_t length = 0;
  std::from_chars(answer.data() + at + kLength.size(), answer.data() + head, length);
  return head + 4 + length;
}

void switch_on(int fd, int option) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, option, &on, sizeof on);
}

}  // namespace

Result<Caller> Caller::connect(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(Code::unavailable, fmt::format("cannot reach port {}", port));
  switch_on(fd.get(), TCP_NODELAY);
  return Caller(std::move(fd));
}

Result<void> Caller::call(std::string_view request) {
  TRY(write_fully(fd_.get(), request, "socket"));
  answer_.clear();
  for (std::size_t whole = 0; whole == 0 || answer_.size() < whole;) {
    char block[16 << 10];
    const auto got = ::recv(fd_.get(), block, sizeof block, 0);
    if (got <= 0) return fail(Code::unavailable, "the server hung up");
    answer_.append(block, static_cast<std::size_t>(got));
    switch_on(fd_.get(), TCP_QUICKACK);  // the kernel forgets it after a while
    if (whole == 0) whole = whole_size(answer_);
  }
  if (!answer_.starts_with("HTTP/1.1 200")) return fail(Code::internal, answer_);
  return {};
}

std::string post(std::string_view path, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", path, body.size(), body);
}

}  // namespace gyre::bench
