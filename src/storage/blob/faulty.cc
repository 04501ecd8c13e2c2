#include "storage/blob/faulty.h"

#include <chrono>
#include <random>
#include <thread>

#include "base/guarded.h"

namespace gyre::blob {
namespace {

enum class Fault { none, before, torn, after };

std::unexpected<Error> injected(std::string_view where) { return fail(Code::unavailable, "a fault was injected", std::string(where), "try again"); }

// Gives its first block, then breaks off.
class TornSource final : public ByteSource {
 public:
  explicit TornSource(ByteSource& source) : source_(source) {}
  Result<std::string_view> read(std::size_t most) override {
    if (std::exchange(begun_, true)) return injected("torn source");
    return source_.read(most);
  }

 private:
  ByteSource& source_;
  bool begun_ = false;
};

// Takes half of the first block, then breaks off.
class TornSink final : public ByteSink {
 public:
  explicit TornSink(ByteSink& sink) : sink_(sink) {}
  Result<void> write(std::string_view bytes) override {
    TRY(sink_.write(bytes.substr(0, bytes.size() / 2)));
    return injected("torn answer");
  }

 private:
  ByteSink& sink_;
};

class FaultyStore final : public Store {
 public:
  FaultyStore(Store& inner, Faults faults) : inner_(inner), faults_(faults), random_(std::mt19937_64(faults.seed)) {}

  Result<std::int64_t> put(std::string_view key, ByteSource& source) override {
    const auto fault = roll();
    if (fault == Fault::before) return injected("before");
    TornSource torn(source);
    const auto size = TRY(inner_.put(key, fault == Fault::torn ? static_cast<ByteSource&>(torn) : source));
    if (fault == Fault::after) return injected("after");
    return size;
  }

  Result<void> get(std::string_view key, Range range, ByteSink& sink) override {
    const auto fault = roll();
    if (fault == Fault::before) return injected("before");
    TornSink torn(sink);
    return inner_.get(key, range, fault == Fault::torn ? static_cast<ByteSink&>(torn) : sink);
  }

  Result<Object> stat(std::string_view key) override {
    if (roll() == Fault::before) return injected("before");
    return inner_.stat(key);
  }

  Result<std::vector<Object>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
    if (roll() == Fault::before) return injected("before");
    return inner_.list(prefix, after, limit);
  }

  Result<void> remove(std::string_view key) override {
    const auto fault = roll();
    if (fault == Fault::before) return injected("before");
    TRY(inner_.remove(key));
    if (fault == Fault::after) return injected("after");
    return {};
  }

  std::optional<std::filesystem::path> local_path(std::string_view key) const override { return inner_.local_path(key); }

 private:
  Fault roll() {
    const auto [share, wait_us] = random_.with([&](auto& random) {
      const double share = std::uniform_real_distribution<>(0, 1)(random);
      return std::pair(share, faults_.max_latency_us > 0 ? static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(faults_.max_latency_us)) : 0);
    });
    if (wait_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(wait_us));
    if (share < faults_.before) return Fault::before;
    if (share < faults_.before + faults_.torn) return Fault::torn;
    if (share < faults_.before + faults_.torn + faults_.after) return Fault::after;
    return Fault::none;
  }

  Store& inner_;
  const Faults faults_;
  Guarded<std::mt19937_64> random_;
};

}  // namespace

std::unique_ptr<Store> make_faulty(Store& inner, Faults faults) { return std::make_unique<FaultyStore>(inner, faults); }

}  // namespace gyre::blob
