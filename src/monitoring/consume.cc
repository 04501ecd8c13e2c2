// From the prediction log into per-minute profiles, exactly once: the position in the log moves in the same transaction.
#include <fmt/format.h>

#include <algorithm>

#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

constexpr std::size_t kReadBytes = 8 << 20;

struct PositionRow {
  std::int64_t segment, read_to;
};

struct StoredMinute {
  std::int64_t row_count;
  std::string profiles, scores;
};

struct MinuteKey {
  std::int64_t version;
  std::string role;
  TimeMs minute_ms;
  friend auto operator<=>(const MinuteKey&, const MinuteKey&) = default;
};

struct Minute {
  std::int64_t rows = 0;
  std::map<std::string, Profile> profiles;
  std::vector<std::int64_t> scores = std::vector<std::int64_t>(kScoreBins, 0);
};

void add_tensor(Profile& profile, const Layout& layout, const infer::Tensor& tensor) {
  if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor.values)) {
    if (layout.category) add(profile, layout, std::span<const std::string>(*texts));
  } else if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values)) {
    if (!layout.category) add(profile, layout, std::span<const float>(*floats));
  } else if (!layout.category) {
    const auto numbers = as_numbers(tensor);
    add(profile, layout, std::span<const double>(numbers));
  }
}

Result<void> store_minute(sql::Tx& tx, std::string_view monitor, const MinuteKey& key, Minute minute) {
  const auto there = TRY(tx.select_one<StoredMinute>("SELECT row_count, profiles, scores FROM monitor_profiles WHERE monitor = $1 AND minute_ms = $2 AND version = $3 AND role = $4", monitor,
                                                     key.minute_ms, key.version, key.role));
  if (there) {
    minute.rows += there->row_count;
    for (auto& [name, profile] : TRY(decode_profiles(there->profiles))) {
      if (minute.profiles.contains(name)) {
        merge(minute.profiles.at(name), profile);
      } else {
        minute.profiles.emplace(name, std::move(profile));
      }
    }
    const auto scores = decode_counts(there->scores);
    for (std::size_t i = 0; i < std::min(scores.size(), minute.scores.size()); ++i) minute.scores[i] += scores[i];
  }
  const auto profiles = encode(minute.profiles), scores = encode_counts(minute.scores);
  return tx.exec("INSERT INTO monitor_profiles (monitor, version, role, minute_ms, row_count, profiles, scores) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                 "ON CONFLICT (monitor, minute_ms, version, role) DO UPDATE SET row_count = excluded.row_count, profiles = excluded.profiles, scores = excluded.scores",
                 monitor, key.version, key.role, key.minute_ms, minute.rows, sql::Bytes{profiles}, sql::Bytes{scores});
}

}  // namespace

Result<bool> Service::consume(const Monitor& monitor) {
  const auto at = TRY(db_.read([&](sql::Tx& tx) { return tx.select<PositionRow>("SELECT segment, read_to FROM monitors WHERE name = $1", monitor.name); })).front();
  const auto some = TRY(serving_.log().read(monitor.definition.endpoint, {at.segment, at.read_to}, kReadBytes));
  if (some.frames.empty()) return false;

  const auto endpoint = TRY(serving_.endpoint(monitor.definition.endpoint));
  std::map<MinuteKey, Minute> minutes;
  for (const auto& frame : some.frames) {
    const auto reference = TRY(this->reference(monitor, endpoint.config.model, frame.version));
    auto& minute = minutes[{frame.version, frame.role, frame.at_ms / kMinuteMs * kMinuteMs}];
    minute.rows += frame.rows;
    for (const auto* tensors : {&frame.inputs, &frame.outputs}) {
      for (const auto& tensor : *tensors) {
        const auto layout = reference->layouts.find(tensor.name);
        if (layout != reference->layouts.end()) {
          auto profile = minute.profiles.find(tensor.name);
          if (profile == minute.profiles.end()) {
            std::vector<double> watched;
            for (const auto& [value, count] : reference->profiles.at(tensor.name).exact) watched.push_back(value);
            profile = minute.profiles.emplace(tensor.name, empty_profile(layout->second, watched)).first;
          }
          add_tensor(profile->second, layout->second, tensor);
        }
        if (tensor.name != monitor.definition.prediction) continue;
        for (const double score : as_numbers(tensor)) ++minute.scores[score_bin(score)];
      }
    }
  }
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    for (const auto& [key, minute] : minutes) TRY(store_minute(tx, monitor.name, key, minute));
    return tx.exec("UPDATE monitors SET segment = $1, read_to = $2 WHERE name = $3", some.next.segment, some.next.offset, monitor.name);
  }));
  TRY(serving_.log().release(monitor.definition.endpoint, some.next));
  return true;
}

}  // namespace gyre::monitoring
