#include <fmt/format.h>

#include <map>

#include "base/guarded.h"
#include "storage/blob/store.h"

namespace gyre::blob {
namespace {

class MemoryStore final : public Store {
 public:
  Result<std::int64_t> put(std::string_view key, ByteSource& source) override {
    TRY(check_key(key));
    auto bytes = TRY(read_all(source, SIZE_MAX));
    const auto size = static_cast<std::int64_t>(bytes.size());
    objects_.with([&](auto& objects) { objects[std::string(key)] = std::move(bytes); });
    return size;
  }

  Result<void> get(std::string_view key, Range range, ByteSink& sink) override {
    const auto bytes = TRY(find(key));
    const auto first = std::min(static_cast<std::size_t>(range.first), bytes.size());
    return sink.write(std::string_view(bytes).substr(first, static_cast<std::size_t>(range.count)));
  }

  Result<Object> stat(std::string_view key) override { return Object{std::string(key), static_cast<std::int64_t>(TRY(find(key)).size()), 0}; }

  Result<std::vector<Object>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
    return objects_.with([&](auto& objects) {
      std::vector<Object> found;
      for (auto at = objects.lower_bound(prefix); at != objects.end() && at->first.starts_with(prefix) && found.size() < std::min(limit, kMaxListed); ++at) {
        if (at->first > after) found.push_back({at->first, static_cast<std::int64_t>(at->second.size()), 0});
      }
      return found;
    });
  }

  Result<void> remove(std::string_view key) override {
    objects_.with([&](auto& objects) { objects.erase(std::string(key)); });
    return {};
  }

  std::optional<std::filesystem::path> local_path(std::string_view) const override { return std::nullopt; }

 private:
  Result<std::string> find(std::string_view key) {
    return objects_.with([&](auto& objects) -> Result<std::string> {
      const auto found = objects.find(key);
      if (found == objects.end()) return fail(Code::not_found, fmt::format("there is no object '{}'", key));
      return found->second;
    });
  }

  Guarded<std::map<std::string, std::string, std::less<>>> objects_;
};

}  // namespace

std::unique_ptr<Store> open_memory() { return std::make_unique<MemoryStore>(); }

}  // namespace gyre::blob
