// One event. The numbers are those of event.proto, summary.proto, tensor.proto and the hparams plug-in's own.
#include <fmt/format.h>

#include <algorithm>

#include "exchange/checksums.h"
#include "exchange/mlflow_tables.h"
#include "exchange/tensorboard.h"
#include "exchange/wire.h"

namespace gyre::exchange {
namespace {

std::string text(std::string_view bytes) { return is_clean(bytes) ? std::string(bytes) : clean(bytes); }

template <class Number>
std::optional<double> first_of(std::string_view raw) {
  Number number{};
  if (raw.size() < sizeof number) return std::nullopt;
  std::memcpy(&number, raw.data(), sizeof number);
  return static_cast<double>(number);
}

// DataType of types.proto.
enum Type : std::uint64_t { kFloat = 1, kDouble = 2, kInt32 = 3, kInt64 = 9 };

// The one number of a tensor without dimensions; nothing where it is something else.
std::optional<double> scalar_of(std::string_view tensor) {
  std::uint64_t type = 0;
  std::optional<double> value;
  std::string_view content;
  bool has_dimensions = false;
  Fields fields(tensor);
  while (const auto field = fields.next()) {
    if (field->number == 1) type = field->whole;
    if (field->number == 2) has_dimensions = !field->bytes.empty();
    if (field->number == 4) content = field->bytes;
    if (field->number == 5) value = field->is_fixed ? std::optional<double>(field->as_float()) : first_of<float>(field->bytes);
    if (field->number == 6) value = field->is_fixed ? std::optional(field->as_double()) : first_of<double>(field->bytes);
    if (field->number == 7 || field->number == 10) {
      Fields packed(field->bytes);
      value = static_cast<double>(static_cast<std::int64_t>(field->bytes.empty() ? field->whole : packed.varint()));
    }
  }
  if (has_dimensions) return std::nullopt;
  if (value || content.empty()) return value;
  if (type == kFloat) return first_of<float>(content);
  if (type == kDouble) return first_of<double>(content);
  if (type == kInt32) return first_of<std::int32_t>(content);
  return type == kInt64 ? first_of<std::int64_t>(content) : std::nullopt;
}

struct Plugin {
  std::string name;
  std::string_view content;
};

// SummaryMetadata.plugin_data
Plugin plugin_of(std::string_view metadata) {
  Plugin plugin;
  Fields fields(metadata);
  while (const auto field = fields.next()) {
    if (field->number != 1) continue;
    Fields data(field->bytes);
    while (const auto member = data.next()) {
      if (member->number == 1) plugin.name = text(member->bytes);
      if (member->number == 2) plugin.content = member->bytes;
    }
  }
  return plugin;
}

// google.protobuf.Value
std::string value_text(std::string_view message) {
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number == 2) return json::to_text(json::Value(field->as_double()));
    if (field->number == 3) return text(field->bytes);
    if (field->number == 4) return field->whole != 0 ? "True" : "False";
  }
  return {};
}

// HParamsPluginData: session_start_info = 3 has the map of parameters, session_end_info = 4 how it ended.
void take_hparams(TensorboardReading& reading, std::string_view message) {
  Fields fields(message);
  while (const auto field = fields.next()) {
    Fields info(field->bytes);
    if (field->number == 4) {
      while (const auto member = info.next()) {
        if (member->number == 1) reading.status = member->whole == 1 ? "FINISHED" : member->whole == 2 ? "FAILED" : "RUNNING";
      }
    }
    if (field->number != 3) continue;
    while (const auto member = info.next()) {
      if (member->number != 1) continue;
      tracking::Tag param;
      Fields entry(member->bytes);
      while (const auto part = entry.next()) (part->number == 1 ? param.key : param.value) = part->number == 1 ? text(part->bytes) : value_text(part->bytes);
      if (std::ranges::find(reading.params, param.key, &tracking::Tag::key) == reading.params.end()) reading.params.push_back(std::move(param));
    }
  }
}

std::string_view what_of(const Plugin& plugin, std::uint32_t member) {
  if (plugin.name == "images" || member == 4) return "images";
  if (plugin.name == "histograms" || member == 5) return "histograms";
  if (plugin.name == "audio" || member == 6) return "sounds";
  if (plugin.name == "text") return "texts";
  return "tensors";
}

Result<void> take_value(TensorboardReading& reading, std::string_view message, std::int64_t step, TimeMs at_ms, const TensorboardReading::OnPoint& on_point) {
  std::string tag;
  std::optional<double> value;
  std::uint32_t member = 0;
  Plugin plugin;
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (field->number == 1) tag = text(field->bytes);
    if (field->number == 9) plugin = plugin_of(field->bytes);
    if (field->number == 2) value = static_cast<double>(field->as_float());
    if (field->number == 8) value = scalar_of(field->bytes);
    if (field->number == 2 || (field->number >= 4 && field->number <= 8)) member = field->number;
  }
  if (plugin.name == "hparams") return take_hparams(reading, plugin.content), Result<void>();
  if (tag.empty() || member == 0) return {};
  if (!value) return ++reading.left[std::string(what_of(plugin, member))], Result<void>();
  return on_point ? on_point(tag, {step, at_ms, *value}) : Result<void>();
}

}  // namespace

Result<void> TensorboardReading::take(std::string_view event, const OnPoint& on_point) {
  std::int64_t step = 0;
  double at_s = 0;
  std::string_view summary;
  Fields fields(event);
  while (const auto field = fields.next()) {
    if (field->number == 1) at_s = field->as_double();
    if (field->number == 2) step = static_cast<std::int64_t>(field->whole);
    if (field->number == 5) summary = field->bytes;
  }
  if (!(at_s >= 0 && at_s < 1e12)) at_s = 0;
  if (!first_s) first_s = at_s;
  last_s = std::max(last_s, at_s);
  Fields values(summary);
  while (const auto value = values.next()) {
    if (value->number == 1) TRY(take_value(*this, value->bytes, step, static_cast<TimeMs>(at_s * 1000), on_point));
  }
  return {};
}

Result<std::size_t> each_tfrecord(std::string_view file, const std::function<Result<void>(std::string_view record)>& on_record) {
  constexpr std::size_t kHead = 12, kFoot = 4;
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, file.data() + at, sizeof value);
    return value;
  };
  std::size_t at = 0;
  while (at + kHead + kFoot <= file.size()) {
    std::uint64_t size = 0;
    std::memcpy(&size, file.data() + at, sizeof size);
    if (masked_crc32c(file.substr(at, 8)) != number(at + 8) || size > file.size() - at - kHead - kFoot) break;
    const auto record = file.substr(at + kHead, size);
    if (masked_crc32c(record) != number(at + kHead + size)) break;
    TRY(on_record(record));
    at += kHead + size + kFoot;
  }
  return at;
}

}  // namespace gyre::exchange
