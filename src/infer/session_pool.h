// Loaded models by name, shared by all who run them.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

#include "base/guarded.h"
#include "infer/infer.h"

namespace gyre::infer {

constexpr std::size_t kMaxIdleSessions = 32;  // loaded, and used by nobody at the moment

// Thread-safe. A model is loaded once, however many ask for it at the same time; one that cannot be loaded is tried again the
// next time. Beyond kMaxIdleSessions the ones asked for longest ago go, but never one that somebody holds.
class SessionPool {
 public:
  explicit SessionPool(Runtime& runtime, std::size_t max_idle = kMaxIdleSessions) : runtime_(runtime), max_idle_(max_idle) {}

  // `find_file` is asked only when the model is not loaded.
  Result<std::shared_ptr<const Session>> get(const std::string& name, const std::function<Result<std::filesystem::path>()>& find_file);

  std::size_t size() const;  // loaded ones

 private:
  struct Slot {
    std::mutex loading;
    std::shared_ptr<const Session> session;  // under `loading` until it is set; never changed afterwards
    std::uint64_t asked = 0;                 // under the map's lock
  };
  struct Slots {
    std::map<std::string, std::shared_ptr<Slot>> by_name;
    std::uint64_t asked = 0;
  };
  void let_go(Slots& slots) const;

  Runtime& runtime_;
  const std::size_t max_idle_;
  Guarded<Slots> slots_;
};

}  // namespace gyre::infer
