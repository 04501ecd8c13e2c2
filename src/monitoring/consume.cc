// From the prediction log into per-minute profiles, exactly once: the position in the log moves in the same transaction.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

// Every `stride`-th number from `first` on: one column of a wide tensor.
std::vector<double> column_of(const std::vector<double>& numbers, std::size_t first, std::size_t stride) {
  std::vector<double> column;
  for (auto i = first; i < numbers.size(); i += stride) column.push_back(numbers[i]);
  return column;
}

// The profiles of one version in one minute, as its reference bins them.
class MinuteWriter {
 public:
  MinuteWriter(Minute& minute, const Reference& reference) : minute_(minute), reference_(reference) {}

  void add(const infer::Tensor& tensor, std::size_t rows) {
    const auto width = rows > 0 ? tensor.size() / rows : 1;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor.values)) {
      if (auto found = profile(tensor.name); found && found->second.category && width == 1)
        monitoring::add(*found->first, found->second, std::span<const std::string>(*texts));
      return;
    }
    if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values); floats && width == 1) {
      if (auto found = profile(tensor.name); found && !found->second.category) monitoring::add(*found->first, found->second, std::span<const float>(*floats));
      return;
    }
    const auto numbers = infer::as_numbers(tensor);
    for (std::size_t i = 0; i < width; ++i) {
      auto found = profile(width > 1 ? fmt::format("{}_{}", tensor.name, i) : tensor.name);
      if (found && !found->second.category)
        monitoring::add(*found->first, found->second, std::span<const double>(width > 1 ? column_of(numbers, i, width) : numbers));
    }
  }

  void add_scores(const infer::Tensor& tensor) {
    for (const double score : infer::as_numbers(tensor)) {
      if (!std::isnan(score)) ++minute_.scores[score_bin(score)];
    }
  }

 private:
  std::optional<std::pair<Profile*, const Layout&>> profile(const std::string& column) {
    const auto layout = reference_.layouts.find(column);
    if (layout == reference_.layouts.end()) return std::nullopt;
    auto found = minute_.profiles.find(column);
    if (found == minute_.profiles.end()) {
      std::vector<double> watched;
      for (const auto& [value, count] : reference_.profiles.at(column).exact) watched.push_back(value);
      found = minute_.profiles.emplace(column, empty_profile(layout->second, watched)).first;
    }
    return std::pair<Profile*, const Layout&>(&found->second, layout->second);
  }

  Minute& minute_;
  const Reference& reference_;
};

Result<void> store_minute(sql::Tx& tx, std::string_view monitor, const MinuteKey& key, Minute minute) {
  const auto there = TRY(tx.select_one<StoredMinute>(
      "SELECT row_count, profiles, scores FROM monitor_profiles WHERE monitor = $1 AND minute_ms = $2 AND version = $3 AND role = $4", monitor, key.minute_ms,
      key.version, key.role));
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
  return tx.exec(
      "INSERT INTO monitor_profiles (monitor, version, role, minute_ms, row_count, profiles, scores) VALUES ($1, $2, $3, $4, $5, $6, $7) "
      "ON CONFLICT (monitor, minute_ms, version, role) DO UPDATE SET row_count = excluded.row_count, profiles = excluded.profiles, scores = excluded.scores",
      monitor, key.version, key.role, key.minute_ms, minute.rows, sql::Bytes{profiles}, sql::Bytes{scores});
}

}  // namespace

Result<bool> Service::consume(const Monitor& monitor) {
  const auto& definition = monitor.definition;
  const auto at =
      TRY(db_.read([&](sql::Tx& tx) { return tx.select<PositionRow>("SELECT segment, read_to FROM monitors WHERE name = $1", monitor.name); })).front();
  const auto some = TRY(serving_.log().read(definition.endpoint, {at.segment, at.read_to}, kReadBytes));
  if (some.frames.empty()) return false;

  const auto endpoint = TRY(serving_.endpoint(definition.endpoint));
  std::map<std::int64_t, std::shared_ptr<const Reference>> references;
  std::map<MinuteKey, Minute> minutes;
  TimeMs earliest_ms = INT64_MAX;
  for (const auto& frame : some.frames) {
    auto& reference = references[frame.version];
    if (!reference) reference = TRY(this->reference(monitor, endpoint.config.model, frame.version));
    const auto minute_ms = frame.at_ms / kMinuteMs * kMinuteMs;
    earliest_ms = std::min(earliest_ms, minute_ms);
    auto& minute = minutes[{frame.version, frame.role, minute_ms}];
    minute.rows += frame.rows;
    MinuteWriter writer(minute, *reference);
    for (const auto* tensors : {&frame.inputs, &frame.outputs}) {
      for (const auto& tensor : *tensors) writer.add(tensor, static_cast<std::size_t>(frame.rows));
    }
    for (const auto& tensor : frame.outputs) {
      if (tensor.name == definition.prediction) writer.add_scores(tensor);
    }
  }
  // A row that comes after its window was closed has that window closed again.
  const auto earliest_window_ms = earliest_ms / definition.window_ms * definition.window_ms;
  const auto released = TRY(db_.write([&](sql::Tx& tx) -> Result<PositionRow> {
    for (const auto& [key, minute] : minutes) TRY(store_minute(tx, monitor.name, key, minute));
    TRY(tx.exec("UPDATE monitors SET segment = $1, read_to = $2, closed_to = CASE WHEN closed_to > $3 THEN $3 ELSE closed_to END WHERE name = $4",
                some.next.segment, some.next.offset, earliest_window_ms, monitor.name));
    return TRY(tx.select<PositionRow>("SELECT segment, read_to FROM monitors WHERE endpoint = $1 ORDER BY segment, read_to LIMIT 1", definition.endpoint))
        .front();
  }));
  TRY(serving_.log().release(definition.endpoint, {released.segment, released.read_to}));  // what all of the endpoint's monitors have read
  return true;
}

}  // namespace gyre::monitoring
