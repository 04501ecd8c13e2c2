// Those who call, by their address, and what each has under way: however much one asks, others are served. Inside net/ only.
#pragma once

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <memory>

#include "base/guarded.h"
#include "base/share.h"

namespace gyre::net {

struct Caller {
  explicit Caller(std::string by) : name(std::move(by)) {}

  const std::string name;                     // what callers are told apart by: an address, of IPv6 its network
  std::atomic<std::int64_t> connections = 0;  // that are open
  std::atomic<std::int64_t> requests = 0;     // that have begun and are not answered
  std::atomic<std::int64_t> waiting = 0;      // requests for a worker, or with one
  std::atomic<std::int64_t> transfers = 0;    // bodies that stream
  std::atomic<std::int64_t> held_bytes = 0;   // of bodies that are whole in memory
};

// One more in both counts, until it goes.
class Counted {
 public:
  Counted(std::atomic<std::int64_t>& all, std::atomic<std::int64_t>& own) : all_(all), own_(own) { ++all_, ++own_; }
  ~Counted() { --all_, --own_; }
  Counted(const Counted&) = delete;

 private:
  std::atomic<std::int64_t>& all_;
  std::atomic<std::int64_t>& own_;
};

// Thread-safe. A caller is known as long as something of it is held.
class Callers {
 public:
  std::shared_ptr<Caller> at(const boost::asio::ip::address& address);

 private:
  static constexpr std::size_t kTidyAt = 4096;  // so many addresses, and those that are gone are forgotten
  Guarded<std::map<boost::asio::ip::address, std::weak_ptr<Caller>>> known_;
};

}  // namespace gyre::net
