#include "infer/session_pool.h"

#include <algorithm>

namespace gyre::infer {

Result<std::shared_ptr<const Session>> SessionPool::get(const std::string& name, const std::function<Result<std::filesystem::path>()>& find_file) {
  const auto slot = slots_.with([&](Slots& slots) {
    auto& found = slots.by_name[name];
    if (!found) found = std::make_shared<Slot>();
    found->asked = ++slots.asked;
    return found;
  });
  const std::lock_guard lock(slot->loading);
  if (slot->session) return slot->session;
  slot->session = TRY(runtime_.load(TRY(find_file())));
  slots_.with([&](Slots& slots) { let_go(slots); });
  return slot->session;
}

// A slot that only the map holds is neither being loaded nor asked for, so its session may be looked at.
void SessionPool::let_go(Slots& slots) const {
  std::vector<std::pair<std::uint64_t, std::string>> idle;
  for (const auto& [name, slot] : slots.by_name) {
    if (slot.use_count() == 1 && (!slot->session || slot->session.use_count() == 1)) idle.emplace_back(slot->asked, name);
  }
  if (idle.size() <= max_idle_) return;
  std::ranges::sort(idle);
  for (std::size_t i = 0; i < idle.size() - max_idle_; ++i) slots.by_name.erase(idle[i].second);
}

std::size_t SessionPool::size() const {
  return slots_.with([](const Slots& slots) {
    return static_cast<std::size_t>(
        std::ranges::count_if(slots.by_name, [](const auto& entry) { return entry.second.use_count() == 1 && entry.second->session; }));
  });
}

}  // namespace gyre::infer
