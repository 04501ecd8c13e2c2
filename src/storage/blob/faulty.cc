#include "storage/blob/faulty.h"

#include "base/dice.h"

namespace gyre::blob {
namespace {

enum class Fault : std::size_t { none, before, torn, after };

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
  FaultyStore(Store& inner, Faults faults) : inner_(inner), faults_(faults), dice_(faults.seed, faults.max_latency_us) {}

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
  Fault roll() { return static_cast<Fault>(dice_.roll({faults_.before, faults_.torn, faults_.after})); }

  Store& inner_;
  const Faults faults_;
  Dice dice_;
};

}  // namespace

std::unique_ptr<Store> make_faulty(Store& inner, Faults faults) { return std::make_unique<FaultyStore>(inner, faults); }

}  // namespace gyre::blob
