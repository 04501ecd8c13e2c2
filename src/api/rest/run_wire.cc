#include "api/rest/run_wire.h"

#include <algorithm>
#include <cmath>

#include "tracking/control.h"

namespace gyre::rest {
namespace {

constexpr std::int64_t kMaxExperiments = 1000;

// Of times that ISO 8601 writes with four digits of a year, and of durations: what is beyond stays a number.
constexpr double kFirstTime = -62'135'596'800'000, kLastTime = 253'402'300'799'999, kLongest = 9e15;

}  // namespace

Result<Experiments> experiments_of(tracking::Service& tracking, const std::vector<std::string>& ids) {
  if (ids.size() > static_cast<std::size_t>(kMaxExperiments))
    return fail(Code::invalid, fmt::format("'experiments' names {} experiments; at most {} are searched", ids.size(), kMaxExperiments));
  Experiments names;
  for (const auto& id : ids) names[id] = TRY(tracking.experiment(id)).name;
  if (!ids.empty()) return names;
  for (const auto& one : TRY(tracking.search_experiments({.order_by = {"name ASC"}, .limit = kMaxExperiments})).rows) names[one.id] = one.name;
  return names;
}

std::vector<std::string> ids_of(const Experiments& experiments) {
  std::vector<std::string> ids;
  for (const auto& [id, name] : experiments) ids.push_back(id);
  return ids;
}

Result<void> check_view(std::string_view view) {
  constexpr std::string_view kViews[] = {"ACTIVE_ONLY", tracking::kArchivedOnly, tracking::kNotDeleted, "DELETED_ONLY", "ALL"};
  if (std::ranges::find(kViews, view) != std::end(kViews)) return {};
  return fail(Code::invalid, fmt::format("'view' cannot be '{:.40}'", view), {}, fmt::format("one of: {}", fmt::join(kViews, ", ")));
}

Result<void> check_limit(std::int64_t limit, std::int64_t least, std::int64_t most) {
  if (limit >= least && limit <= most) return {};
  return fail(Code::invalid, fmt::format("'limit' must be between {} and {}, not {}", least, most, limit));
}

std::string_view word_of(tracking::ColumnKind kind) {
  constexpr std::string_view kWords[] = {"number", "text", "time", "duration"};
  return kWords[static_cast<std::size_t>(kind)];
}

void write_cell(Writer& writer, const tracking::Cell& cell, tracking::ColumnKind kind) {
  const auto* number = std::get_if<double>(&cell);
  if (std::holds_alternative<std::monostate>(cell)) {
    writer.null();
  } else if (!number) {
    writer.string(std::get<std::string>(cell));
  } else if (kind == tracking::ColumnKind::time && *number >= kFirstTime && *number <= kLastTime) {
    writer.string(to_iso(static_cast<TimeMs>(*number)));
  } else if (kind == tracking::ColumnKind::duration && std::abs(*number) < kLongest) {
    writer.integer(std::llround(*number));
  } else {
    writer.number(*number);
  }
}

void columns_field(Writer& writer, std::string_view name, const std::vector<std::string>& texts, const std::vector<tracking::ColumnKind>& kinds) {
  writer.key(name);
  writer.begin_array();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    writer.begin_object();
    writer.field("text", texts[i]);
    writer.field("kind", word_of(kinds[i]));
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace gyre::rest
