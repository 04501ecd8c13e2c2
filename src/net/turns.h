// Work for a pool of threads, in turns of those who bring it. Inside net/ only.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <functional>

#include "net/callers.h"

namespace gyre::net {

// Thread-safe. Where many wait, each caller has one piece done before any has the next: who brings a thousand waits for its own, and
// who brings one waits for one of each other's.
class Turns {
 public:
  using Job = std::move_only_function<void()>;
  explicit Turns(boost::asio::thread_pool& pool) : pool_(pool) {}

  void post(const std::shared_ptr<Caller>& caller, Job job) {
    waiting_.with([&](Waiting& waiting) {
      auto& jobs = waiting.jobs[caller];
      if (jobs.empty()) waiting.next.push_back(caller);
      jobs.push_back(std::move(job));
    });
    boost::asio::post(pool_, [this] { take()(); });
  }

 private:
  struct Waiting {
    std::map<std::shared_ptr<Caller>, std::deque<Job>> jobs;
    std::deque<std::shared_ptr<Caller>> next;  // those who have jobs
  };

  // One is there: each that was brought is taken once.
  Job take() {
    return waiting_.with([](Waiting& waiting) {
      const auto caller = std::move(waiting.next.front());
      waiting.next.pop_front();
      const auto jobs = waiting.jobs.find(caller);
      Job job = std::move(jobs->second.front());
      jobs->second.pop_front();
      if (jobs->second.empty()) {
        waiting.jobs.erase(jobs);
      } else {
        waiting.next.push_back(caller);
      }
      return job;
    });
  }

  boost::asio::thread_pool& pool_;
  Guarded<Waiting> waiting_;
};

}  // namespace gyre::net
