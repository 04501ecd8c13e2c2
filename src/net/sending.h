// Answers as they go out on one connection: whole, written as they are made, as events, or a refusal. Inside net/ only.
#pragma once

#include "net/shared.h"

namespace gyre::net {

class Sending {
 public:
  Sending(Shared& shared, Loop& loop, Connection& connection) : shared_(shared), options_(shared.options), loop_(loop), connection_(connection) {}

  asio::awaitable<void> send(const Request& request, Response& response);
  asio::awaitable<void> send_text(const Request& request, const Response& response);

  // Each ends the connection behind it: the body, if any, is not read.
  asio::awaitable<void> refuse(const Request& request, int status, const Error& error);
  asio::awaitable<void> refuse_large(const Request& request, std::size_t limit);
  asio::awaitable<void> refuse_unrouted(const Request& request, const std::vector<std::string>& allowed);
  // There is too much to do.
  asio::awaitable<void> shed(const Request& request);

  bool no_transfer_free() const { return !room_for(shared_.statistics.transfers, options_.max_transfers, connection_.caller->transfers); }
  // Runs what reads or writes a body as it streams.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work&>> transfer(Work& work) {
    const Counted counted(shared_.statistics.transfers, connection_.caller->transfers);
    const auto at_once = [this](auto job) { asio::post(shared_.transfers, std::move(job)); };
    co_return co_await offload(at_once, work);
  }

  static bool room_for(std::int64_t all, std::size_t most, std::int64_t own) { return has_room(all, static_cast<std::int64_t>(most), own); }

 private:
  asio::awaitable<void> send_written(const Request& request, Response& response, BodyWriter& write);

  Shared& shared_;
  const ServerOptions& options_;
  Loop& loop_;
  Connection& connection_;
};

}  // namespace gyre::net
