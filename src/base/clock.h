// Time as the house tells it. Everything that stamps, schedules or waits asks a Clock, so that a demo or a test can live
// half a year in minutes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre {

// Milliseconds since 1970-01-01T00:00:00 UTC.
using TimeMs = std::int64_t;

constexpr TimeMs kSecondMs = 1000, kMinuteMs = 60 * kSecondMs, kHourMs = 60 * kMinuteMs, kDayMs = 24 * kHourMs;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeMs now_ms() const = 0;
  virtual bool is_virtual() const { return false; }
};

class RealClock final : public Clock {
 public:
  TimeMs now_ms() const override;
};

// Stands still until it is told to move, and never goes back.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(TimeMs start_ms) : now_ms_(start_ms) {}
  TimeMs now_ms() const override { return now_ms_.load(std::memory_order_acquire); }
  bool is_virtual() const override { return true; }
  void advance_to(TimeMs at_ms);

 private:
  std::atomic<TimeMs> now_ms_;
};

// Elapsed time for latencies and time-outs, in nanoseconds; unrelated to the calendar.
std::int64_t monotonic_ns();

// "2001-04-01T00:00:00.000Z" and back; parsing also takes "2001-04-01", no fraction, and "+00:00".
std::string to_iso(TimeMs at_ms);
std::string to_iso_date(TimeMs at_ms);  // "2001-04-01"
Result<TimeMs> from_iso(std::string_view text);

// "90s", "15m", "36h", "7d", "250ms" as milliseconds.
Result<std::int64_t> parse_duration_ms(std::string_view text);

}  // namespace gyre
