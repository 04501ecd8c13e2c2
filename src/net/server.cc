#include "net/server.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <signal.h>

#include <algorithm>
#include <thread>

#include "net/conversation.h"

namespace gyre::net {
namespace {

constexpr unsigned kMaxLoops = 4;
constexpr std::int64_t kLeastWaitMs = 200;  // that a client has for its first request, however many others come

class ServerImpl final : public Server {
 public:
  ServerImpl(const ServerOptions& options, const Router& router, Hub& hub)
      : shared_{options,
                router,
                hub,
                {options.host, options.allowed_hosts, options.allowed_origins},
                asio::thread_pool(options.workers),
                asio::thread_pool(options.readers),
                asio::thread_pool(options.max_transfers),
                {}},
        loops_(make_loops(options)),
        acceptor_(loops_.front()->io) {}
  ~ServerImpl() override { stop(); }

  Result<void> open() {
    const auto& options = shared_.options;
    TRY(check_listening_host(options.host));
    error_code error;
    const auto address = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
    const tcp::endpoint endpoint(address, options.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return fail(Code::unavailable, fmt::format("cannot listen on {}:{}: {}", options.host, options.port, error.message()), {},
                  "choose another port with --listen");
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(loops_.front()->io, accept_all(), asio::detached);
    for (auto& loop : loops_) threads_.emplace_back([&loop] { loop->run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }
  json::Value statistics() const override { return shared_.statistics.to_json(); }

  void stop() override {
    if (threads_.empty()) return;
    shared_.draining = true;
    asio::post(loops_.front()->io, [this] { acceptor_.close(); });
    for (auto& loop : loops_) asio::post(loop->io, [&loop] { loop->wake_idle(); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(shared_.options.drain_timeout_ms);
    while (shared_.statistics.connections > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    for (auto& loop : loops_) loop->end();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    for (auto* pool : {&shared_.workers, &shared_.readers, &shared_.transfers}) {
      pool->stop();
      pool->join();
    }
  }

 private:
  static std::vector<std::unique_ptr<Loop>> make_loops(const ServerOptions& options) {
    std::vector<std::unique_ptr<Loop>> loops;
    const auto count = std::clamp(std::thread::hardware_concurrency(), 1u, kMaxLoops);
    while (loops.size() < count) loops.push_back(std::make_unique<Loop>(std::min(options.read_timeout_ms, options.idle_timeout_ms)));
    return loops;
  }

  asio::awaitable<void> accept_all() {
    for (std::size_t next = 0; acceptor_.is_open(); next = (next + 1) % loops_.size()) {
      auto& loop = *loops_[next];
      auto [error, socket] = co_await acceptor_.async_accept(loop.io, kNoThrow);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // out of descriptors: let some go first
        asio::steady_timer pause(loops_.front()->io, std::chrono::milliseconds(50));
        co_await pause.async_wait(kNoThrow);
        continue;
      }
      const auto from = socket.remote_endpoint(error);
      if (error) continue;  // it has gone already
      auto caller = shared_.callers.at(from.address());
      if (is_full() && !co_await make_room(next, *caller)) {
        ++shared_.statistics.refused_connections;
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      socket.non_blocking(true, error);  // so that an answer can be sent without asking first
      ++shared_.statistics.connections, ++caller->connections;
      asio::co_spawn(loop.io, converse(shared_, loop, std::move(socket), caller),
                     [this, caller](std::exception_ptr) { --shared_.statistics.connections, --caller->connections; });
    }
  }

  bool is_full() const { return shared_.statistics.connections >= static_cast<std::int64_t>(shared_.options.max_connections); }

  // One connection that asks nothing goes, so that a client that opens many and says nothing locks nobody out. The loop that
  // the new one is for is asked first.
  asio::awaitable<bool> make_room(std::size_t first, const Caller& newcomer) {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      auto& loop = *loops_[(first + i) % loops_.size()];
      if (!co_await asio::co_spawn(loop.io, loop.let_one_go(kLeastWaitMs, newcomer), asio::use_awaitable)) continue;
      ++shared_.statistics.evicted_connections;
      co_return true;
    }
    co_return false;
  }

  Shared shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<void> check_listening_host(std::string_view host) {
  if (is_loopback(host)) return {};
  return fail(Code::denied, fmt::format("listening on {} is refused: sign-in does not exist yet, so anybody in the network could run commands here", host), {},
              "listen on 127.0.0.1 and reach it through ssh -L");
}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, const Router& router, Hub& hub) {
  auto server = std::make_unique<ServerImpl>(options, router, hub);
  TRY(server->open());
  return server;
}

void block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void wait_for_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  int caught = 0;
  sigwait(&set, &caught);
}

}  // namespace gyre::net
