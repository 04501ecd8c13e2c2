// One record of a W&B run at a time. The numbers are those of wandb_internal.proto.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "exchange/mlflow_tables.h"
#include "exchange/wandb.h"
#include "exchange/wire.h"

namespace gyre::exchange {
namespace {

enum RecordField : std::uint32_t { kHistory = 2, kSummary = 3, kOutput = 4, kConfig = 5, kStats = 7, kOutputRaw = 13, kRun = 17, kExit = 18 };
constexpr std::uint32_t kValueJson = 16;
constexpr int kMaxDepth = 8;  // of values within values

std::string text(std::string_view bytes) { return is_clean(bytes) ? std::string(bytes) : clean(bytes); }

// W&B writes Python's JSON, in which NaN and Infinity are numbers.
std::optional<json::Value> value_of(std::string_view json) {
  if (json == "NaN" || json == "\"NaN\"") return json::Value(std::numeric_limits<double>::quiet_NaN());
  if (json == "Infinity" || json == "\"Infinity\"") return json::Value(std::numeric_limits<double>::infinity());
  if (json == "-Infinity" || json == "\"-Infinity\"") return json::Value(-std::numeric_limits<double>::infinity());
  auto parsed = json::parse(json);
  return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
}

struct Item {
  std::string key;
  std::optional<json::Value> value;
};

// HistoryItem, SummaryItem, ConfigItem, StatsItem: a key, or its parts; the value as JSON, or, of history, in fields of its own.
Item item_of(std::string_view message) {
  Item item;
  Fields fields(message);
  while (const auto field = fields.next()) {
    switch (field->number) {
      case 1:
        item.key = text(field->bytes);
        break;
      case 2:
        item.key += (item.key.empty() ? "" : ".") + text(field->bytes);
        break;
      case 4:
        item.value = json::Value(static_cast<std::int64_t>(field->whole != 0));
        break;
      case 5:
        item.value = json::Value(static_cast<std::int64_t>(field->whole));
        break;
      case 6:
        item.value = json::Value(field->as_double());
        break;
      case 7:
        item.value = json::Value(text(field->bytes));
        break;
      case 8:
      case kValueJson:
        item.value = value_of(field->bytes);
        break;
      default:
        break;
    }
  }
  return item;
}

std::int64_t whole_in(std::string_view message, std::uint32_t number) {
  std::int64_t whole = 0;
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number == number) whole = static_cast<std::int64_t>(field->whole);
  }
  return whole;
}

// google.protobuf.Timestamp
TimeMs time_of(std::string_view message) { return whole_in(message, 1) * 1000 + whole_in(message, 2) / 1'000'000; }

// Values within values become keys with points in them, as W&B itself shows them.
template <class OnLeaf>
void each_leaf(const std::string& key, const json::Value& value, int depth, const OnLeaf& on_leaf) {
  const auto* members = value.if_object();
  if (!members || depth >= kMaxDepth || value.find("_type")) return on_leaf(key, value);
  for (const auto& [name, member] : *members) each_leaf(fmt::format("{}.{}", key, name), member, depth + 1, on_leaf);
}

void set_tag(Run& run, std::string key, std::string value) {
  if (value.empty()) return;
  const auto at = std::ranges::find(run.tags, key, &tracking::Tag::key);
  if (at == run.tags.end()) {
    run.tags.push_back({std::move(key), std::move(value)});
  } else {
    at->value = std::move(value);
  }
}

void take_config(Run& run, std::string_view message) {
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number != 1) continue;
    const auto item = item_of(field->bytes);
    if (item.key.empty() || item.key == "_wandb" || !item.value) continue;
    each_leaf(item.key, *item.value, 0, [&](const std::string& key, const json::Value& value) {
      const auto at = std::ranges::find(run.params, key, &tracking::Tag::key);
      if (at == run.params.end()) {
        run.params.push_back({key, json::unquoted(value)});
      } else {
        at->value = json::unquoted(value);  // the last one counts, as with W&B
      }
    });
  }
}

void take_git(Run& run, std::string_view message) {
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number == 1) set_tag(run, "mlflow.source.git.repoURL", text(field->bytes));
    if (field->number == 2) set_tag(run, "mlflow.source.git.commit", text(field->bytes));
  }
}

void take_run(WandbRun& found, std::string_view message) {
  auto& run = found.run;
  json::Array tags;
  Fields fields(message);
  while (const auto field = fields.next()) {
    switch (field->number) {
      case 1:
        run.info.id = text(field->bytes);
        break;
      case 2:
        set_tag(run, "wandb.entity", text(field->bytes));
        break;
      case 3:
        found.project = text(field->bytes);
        break;
      case 4:
        take_config(run, field->bytes);
        break;
      case 6:
        set_tag(run, "wandb.group", text(field->bytes));
        break;
      case 7:
        set_tag(run, "wandb.job_type", text(field->bytes));
        break;
      case 8:
        run.info.name = text(field->bytes);
        set_tag(run, "mlflow.runName", run.info.name);
        break;
      case 9:
        set_tag(run, "mlflow.note.content", text(field->bytes));
        break;
      case 10:
        tags.emplace_back(text(field->bytes));
        break;
      case 12:
        set_tag(run, "sweep", text(field->bytes));
        break;
      case 13:
        set_tag(run, "wandb.host", text(field->bytes));
        break;
      case 17:
        run.info.start_ms = time_of(field->bytes);
        break;
      case 21:
        take_git(run, field->bytes);
        break;
      default:
        break;
    }
  }
  if (!tags.empty()) set_tag(run, "wandb.tags", json::to_text(tags));
}

void take_summary(WandbRun& found, std::string_view message) {
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number != 1) continue;
    auto item = item_of(field->bytes);
    if (item.key.empty() || item.key.starts_with('_') || !item.value) continue;
    each_leaf(item.key, *item.value, 0, [&](const std::string& key, const json::Value& value) { found.summary[key] = value; });
  }
}

Result<void> take_history(WandbReading& reading, std::string_view message, const OnWandbPoint& on_point) {
  std::vector<Item> items;
  auto& found = reading.found;
  std::optional<std::int64_t> step;
  double at_s = static_cast<double>(found.last_ms) / 1000;
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number == 2) step = whole_in(field->bytes, 1);
    if (field->number != 1) continue;
    auto item = item_of(field->bytes);
    if (!item.value) continue;
    if (item.key == "_step") step = item.value->int_or(0);
    if (item.key == "_timestamp") at_s = item.value->number_or(at_s);
    if (!item.key.starts_with('_')) items.push_back(std::move(item));
  }
  found.last_step = step.value_or(found.last_step);
  if (at_s > 0 && at_s < 1e12) found.last_ms = static_cast<TimeMs>(at_s * 1000);
  for (const auto& item : items) {
    Result<void> told;
    each_leaf(item.key, *item.value, 0, [&](const std::string& key, const json::Value& value) {
      if (!value.is_number()) return void(++reading.left_out);
      if (on_point && told) told = on_point(key, {found.last_step, found.last_ms, value.number_or(0)});
    });
    TRY(told);
  }
  return {};
}

Result<void> take_stats(WandbReading& reading, std::string_view message, const OnWandbPoint& on_point) {
  TimeMs at_ms = 0;
  std::vector<Item> items;
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number == 2) at_ms = time_of(field->bytes);
    if (field->number == 3) items.push_back(item_of(field->bytes));
  }
  const auto sample = reading.samples++;
  for (const auto& item : items) {
    if (on_point && item.value && item.value->is_number()) TRY(on_point(fmt::format("system/{}", item.key), {sample, at_ms, item.value->number_or(0)}));
  }
  return {};
}

}  // namespace

Result<void> WandbReading::take(std::string_view record, const OnWandbPoint& on_point) {
  Fields fields(record);
  while (const auto field = fields.next()) {
    switch (field->number) {
      case kHistory:
        TRY(take_history(*this, field->bytes, on_point));
        break;
      case kSummary:
        take_summary(found, field->bytes);
        break;
      case kConfig:
        take_config(found.run, field->bytes);
        break;
      case kStats:
        TRY(take_stats(*this, field->bytes, on_point));
        break;
      case kOutput:
      case kOutputRaw:
        ++console_lines;
        break;
      case kRun:
        take_run(found, field->bytes);
        break;
      case kExit: {
        const auto code = static_cast<std::int32_t>(whole_in(field->bytes, 1));
        found.run.info.status = code == 0 ? "FINISHED" : "FAILED";
        set_tag(found.run, "wandb.exit_code", std::to_string(code));
        const auto runtime_s = whole_in(field->bytes, 2);
        if (found.run.info.start_ms > 0) found.run.info.end_ms = std::max(found.last_ms, found.run.info.start_ms + runtime_s * 1000);
        break;
      }
      default:
        break;
    }
  }
  return {};
}

}  // namespace gyre::exchange
