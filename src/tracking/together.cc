#include "tracking/together.h"

#include <span>

namespace gyre::tracking {

std::vector<Together::Waiting*> Together::first_of(const Line& line) {
  std::vector<Waiting*> group{line.front()};
  std::size_t points = line.front()->batch->metrics.size();
  for (auto next = line.begin() + 1; next != line.end(); ++next) {
    points += (*next)->batch->metrics.size();
    if (points > kMaxPoints) break;
    group.push_back(*next);
  }
  return group;
}

std::size_t Together::pending(std::string_view run_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = lines_.find(run_id);
  return found == lines_.end() ? 0 : found->second.size();
}

Result<void> Together::write(std::string_view run_id, const Batch& batch, const Write& write) {
  Waiting mine{.batch = &batch};
  std::unique_lock lock(mutex_);
  const auto found = lines_.find(run_id);
  const auto at = found != lines_.end() ? found : lines_.emplace(run_id, Line{}).first;
  auto& line = at->second;
  line.push_back(&mine);
  mine.turn.wait(lock, [&] { return mine.done || line.front() == &mine; });
  if (mine.done) return mine.outcome;

  const auto group = first_of(line);
  lock.unlock();
  Batch whole;
  for (const auto* one : std::span(group).subspan(group.size() > 1 ? 0 : 1)) {
    whole.metrics.insert(whole.metrics.end(), one->batch->metrics.begin(), one->batch->metrics.end());
  }
  const auto outcome = write(group.size() > 1 ? whole : batch);
  lock.lock();
  for (auto* one : std::span(group).subspan(1)) {
    one->outcome = outcome;
    one->done = true;
    one->turn.notify_one();
  }
  line.erase(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(group.size()));
  if (line.empty()) {
    lines_.erase(at);
  } else {
    line.front()->turn.notify_one();
  }
  return outcome;
}

}  // namespace gyre::tracking
