#include "storage/blob/counted.h"

namespace gyre::blob {
namespace {

class CountedSink final : public ByteSink {
 public:
  CountedSink(ByteSink& sink, std::atomic<std::int64_t>& bytes) : sink_(sink), bytes_(bytes) {}
  Result<void> write(std::string_view bytes) override {
    TRY(sink_.write(bytes));
    bytes_ += static_cast<std::int64_t>(bytes.size());
    return {};
  }

 private:
  ByteSink& sink_;
  std::atomic<std::int64_t>& bytes_;
};

class CountedStore final : public Store {
 public:
  CountedStore(std::unique_ptr<Store> inner, Counters& counters) : inner_(std::move(inner)), counters_(counters) {}

  Result<std::int64_t> put(std::string_view key, ByteSource& source) override {
    auto size = counters_.puts.around([&] { return inner_->put(key, source); });
    if (size) counters_.bytes_in += *size;
    return size;
  }
  Result<void> get(std::string_view key, Range range, ByteSink& sink) override {
    CountedSink counted(sink, counters_.bytes_out);
    return counters_.gets.around([&] { return inner_->get(key, range, counted); });
  }
  Result<Object> stat(std::string_view key) override {
    return counters_.others.around([&] { return inner_->stat(key); });
  }
  Result<std::vector<Object>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
    return counters_.others.around([&] { return inner_->list(prefix, after, limit); });
  }
  Result<void> remove(std::string_view key) override {
    return counters_.others.around([&] { return inner_->remove(key); });
  }
  std::optional<std::filesystem::path> local_path(std::string_view key) const override { return inner_->local_path(key); }

 private:
  const std::unique_ptr<Store> inner_;
  Counters& counters_;
};

}  // namespace

std::unique_ptr<Store> make_counted(std::unique_ptr<Store> inner, Counters& counters) { return std::make_unique<CountedStore>(std::move(inner), counters); }

}  // namespace gyre::blob
