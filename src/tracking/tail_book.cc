#include "tracking/tail_book.h"

#include <algorithm>

namespace gyre::tracking {

// Null where there is no room for another run.
TailBook::Entry* TailBook::entry_of(Entries& entries, std::string_view run_id) {
  if (const auto at = entries.find(run_id); at != entries.end()) return &at->second;
  return entries.size() >= kMaxRuns ? nullptr : &entries[std::string(run_id)];
}

void TailBook::logged(std::string_view run_id, std::int64_t points, std::int64_t series, std::int64_t now_ms) {
  entries_.with([&](Entries& entries) {
    auto* entry = entry_of(entries, run_id);
    if (!entry) return;
    entry->points += points;
    entry->series = std::max(entry->series, series);
    entry->last_ms = now_ms;
  });
}

void TailBook::adopt(std::string_view run_id, std::int64_t points, std::int64_t now_ms) {
  entries_.with([&](Entries& entries) {
    if (auto* entry = entry_of(entries, run_id); entry && entry->points == 0) *entry = {points, 1, now_ms};
  });
}

void TailBook::sealed(std::string_view run_id, std::int64_t points) {
  entries_.with([&](Entries& entries) {
    const auto at = entries.find(run_id);
    if (at == entries.end()) return;
    at->second.points -= points;
    if (at->second.points <= 0) entries.erase(at);
  });
}

void TailBook::forget(std::string_view run_id) {
  entries_.with([&](Entries& entries) {
    if (const auto at = entries.find(run_id); at != entries.end()) entries.erase(at);
  });
}

std::optional<std::string> TailBook::due(std::int64_t now_ms) {
  return entries_.with([&](Entries& entries) -> std::optional<std::string> {
    for (auto at = entries.begin(); at != entries.end();) {
      const auto& [run, entry] = *at;
      const bool idle = now_ms - entry.last_ms >= rule_.idle_ms;
      const bool many = entry.points >= std::max(rule_.many, rule_.many_a_series * entry.series);
      if (many || (idle && entry.points >= rule_.few)) return run;
      at = idle ? entries.erase(at) : std::next(at);
    }
    return std::nullopt;
  });
}

std::optional<std::int64_t> TailBook::next_due_ms() const {
  return entries_.with([&](const Entries& entries) -> std::optional<std::int64_t> {
    std::optional<std::int64_t> next;
    for (const auto& [run, entry] : entries) next = std::min(next.value_or(INT64_MAX), entry.last_ms + rule_.idle_ms);
    return next;
  });
}

}  // namespace gyre::tracking
