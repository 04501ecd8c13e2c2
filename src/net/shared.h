// What all conversations of one server share. Inside net/ only.
#pragma once

#include "net/connection.h"
#include "net/guard.h"
#include "net/server.h"
#include "net/statistics.h"
#include "net/turns.h"

namespace gyre::net {

struct Shared {
  const ServerOptions options;
  const Router& router;
  Hub& hub;
  const HostRules rules;
  asio::thread_pool workers;
  asio::thread_pool readers;
  asio::thread_pool transfers;  // of bodies that stream: as slow as their clients, and no handler waits for them
  Statistics statistics;
  std::atomic<bool> draining = false;
  Turns turns{workers}, reader_turns{readers};
  Callers callers{};
  std::atomic<std::int64_t> requests = 0;  // that have begun and are not answered
};

// Runs blocking work where `post` puts it and comes back to the connection's thread: the one bridge between the two worlds.
template <class Post, class Work>
asio::awaitable<std::invoke_result_t<Work&>> offload(Post& post, Work& work) {
  std::optional<std::invoke_result_t<Work&>> outcome;
  auto begin = [&](auto resume) {
    post([&, resume = std::move(resume)]() mutable {
      std::exception_ptr thrown;
      try {
        outcome.emplace(work());
      } catch (...) {
        thrown = std::current_exception();
      }
      const auto thread = asio::get_associated_executor(resume);
      asio::post(thread, [resume = std::move(resume), thrown]() mutable { resume(thrown); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(begin, asio::use_awaitable);
  co_return *std::move(outcome);
}

}  // namespace gyre::net
