#include "storage/sql/postgres.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "storage/sql/postgres_connection.h"

namespace gyre::sql {
namespace {

using Body = std::function<Result<void>(Tx&)>;
using Connection = PostgresConnection;

constexpr std::chrono::seconds kMaxWait{30};  // for a free connection

class PostgresDb final : public Db {
 public:
  PostgresDb(std::string url, PostgresOptions options) : url_(std::move(url)), options_(options), free_slots_(options.connections) {}

  Dialect dialect() const override { return Dialect::postgres; }
  Commits commits() const override { return {commits_, commits_}; }

  Result<void> verify() override {
    return read([](Tx& tx) { return tx.exec("SELECT 1"); });  // the server keeps checksums of its own
  }

 private:
  struct Attempt {
    Result<void> outcome;
    bool collided = false;
    bool lost = false;  // the server went away, and certainly nothing was committed
  };

  Result<void> run(Mode mode, const Body& body) override {
    thread_local std::mt19937 random(std::random_device{}());
    bool lost_before = false;
    for (int attempt = 0;; ++attempt) {
      auto done = run_once(mode, body);
      if (done.lost && !std::exchange(lost_before, true)) continue;
      if (!done.collided) return done.outcome;
      if (attempt >= options_.retries)
        return fail(Code::unavailable, "too many transactions collide", done.outcome ? "" : done.outcome.error().detail, "try again");
      std::this_thread::sleep_for(std::chrono::microseconds(random() % (1000u << std::min(attempt, 7))));
    }
  }

  Attempt run_once(Mode mode, const Body& body) {
    auto taken = take();
    if (!taken) return {std::unexpected(taken.error())};
    auto connection = std::move(*taken);
    Attempt done{connection->begin(mode == Mode::read ? "ISOLATION LEVEL REPEATABLE READ READ ONLY" : "ISOLATION LEVEL SERIALIZABLE")};
    if (done.outcome) done.outcome = body(*connection);
    if (done.outcome) done.outcome = connection->hear();
    done.lost = !connection->alive();
    if (connection->alive() && done.outcome) {
      done.outcome = connection->commit();
      done.lost = mode == Mode::read && !connection->alive();
      if (mode == Mode::write && done.outcome) ++commits_;
      if (mode == Mode::write && !connection->alive()) done.outcome = unknown_end();
    }
    if (!done.outcome) connection->rollback();
    done.collided = connection->collided() && !done.outcome;
    give_back(connection->idle() ? std::move(connection) : nullptr);
    return done;
  }

  static Result<void> unknown_end() {
    return fail(Code::unavailable, "the metadata database went away while it committed: the change may or may not have happened", {},
                "look at the present state before trying again");
  }

  Result<std::unique_ptr<Connection>> take() {
    {
      std::unique_lock lock(mutex_);
      if (!back_.wait_for(lock, kMaxWait, [&] { return free_slots_ > 0; })) {
        return fail(Code::exhausted, "too many transactions wait for the metadata database", {}, "ask less at a time, then try again");
      }
      --free_slots_;
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    auto opened = Connection::open(url_, options_.prepare);
    if (!opened) give_back(nullptr);
    return opened;
  }

  void give_back(std::unique_ptr<Connection> connection) {
    {
      const std::lock_guard lock(mutex_);
      ++free_slots_;
      if (connection) idle_.push_back(std::move(connection));
    }
    back_.notify_one();
  }

  const std::string url_;
  const PostgresOptions options_;
  std::atomic<std::int64_t> commits_ = 0;
  std::mutex mutex_;
  std::condition_variable back_;
  std::size_t free_slots_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace

Result<std::unique_ptr<Db>> open_postgres(std::string_view url, PostgresOptions options) {
  std::string text(url);
  if (const auto at = text.find("prepare=0"); at != std::string::npos) {
    options.prepare = false;
    text.erase(at, std::string_view("prepare=0").size());
    if (text.ends_with('?') || text.ends_with('&')) text.pop_back();
  }
  (void)TRY(Connection::open(text, options.prepare));  // a wrong URL is told at the start
  return std::make_unique<PostgresDb>(std::move(text), options);
}

}  // namespace gyre::sql
