#include "app/runs/run_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/folder.h"
#include "base/utf8.h"

namespace gyre::runs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxValues = 1000;  // of one event

// The longest beginning of at most `most` bytes that ends with a whole character.
std::size_t whole_characters(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return most;
}

Result<std::string> text_member(const json::Value& head, std::string_view name, const fs::path& file) {
  const auto& value = head[name];
  if (value.is_null()) return "";
  if (value.if_string()) return *value.if_string();
  return fail(Code::invalid, fmt::format("'{}' in {} is {}, not a text", name, file.string(), value.kind()));
}

}  // namespace

json::Value to_json(const RunHead& head) {
  json::Object tags;
  for (const auto& [key, value] : head.tags) tags.emplace_back(key, value);
  return json::Object{{"format", kFormat}, {"id", head.id}, {"experiment_name", head.experiment}, {"name", head.name}, {"started_at", head.started_ms},
                      {"user", head.user}, {"tags", tags}};
}

Result<RunHead> read_head(const fs::path& folder) {
  const auto file = folder / kHeadFile;
  auto head = json::parse(TRY(read_file(file)));
  if (!head) return within(file.string(), head.error());
  const auto format = (*head)["format"].string_or("");
  if (format != kFormat) {
    if (format.starts_with("gyre-run/"))
      return fail(Code::invalid, fmt::format("{} is of the format {}, and this Gyre reads {}", file.string(), format, kFormat), {}, "use a newer Gyre");
    return fail(Code::invalid, fmt::format("{} is no run of Gyre's", file.string()), {}, "docs/formats/offline-run.md tells what one looks like");
  }
  RunHead read{.id = TRY(text_member(*head, "id", file)),
               .experiment = TRY(text_member(*head, "experiment_name", file)),
               .name = TRY(text_member(*head, "name", file)),
               .user = TRY(text_member(*head, "user", file)),
               .started_ms = (*head)["started_at"].int_or(0),
               .tags = {}};
  if (read.id.empty()) return fail(Code::invalid, fmt::format("{} names no id", file.string()));
  if (const auto* tags = (*head)["tags"].if_object()) {
    for (const auto& [key, value] : *tags) read.tags[key] = value.string_or("");
  }
  return read;
}

std::string folder_name(const RunHead& head) {
  std::string time = to_iso(head.started_ms).substr(0, 19);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  std::ranges::replace(time, 'T', '-');
  return fmt::format("{}-{}", time, head.id);
}

Result<std::unique_ptr<RunFolder>> RunFolder::create(const fs::path& folder, const RunHead& head, std::string_view source) {
  if (is_there(folder / kHeadFile)) return fail(Code::conflict, fmt::format("'{}' holds a run already", folder.string()), {}, "name another folder");
  TRY(make_folders(folder / kFilesFolder));
  TRY(write_file_durably(folder / kHeadFile, json::to_text(to_json(head)) + "\n"));
  auto events = TRY(LinesFile::create(folder, fmt::format("log-{}", source)));
  auto console = TRY(LinesFile::create(folder, "console"));
  return std::unique_ptr<RunFolder>(new RunFolder(folder, head, std::move(events), std::move(console)));
}

Result<void> RunFolder::event(std::string_view type, std::optional<TimeMs> at_ms, std::string_view rest) {
  const std::lock_guard lock(mutex_);
  auto line = fmt::format("{{\"n\":{},\"type\":\"{}\"", next_event_, type);
  if (at_ms) line += fmt::format(",\"at\":{}", *at_ms);
  line += rest;
  line += "}\n";
  TRY(events_.append(line));
  ++next_event_;
  return {};
}

Result<void> RunFolder::metrics(TimeMs at_ms, double step, Values values) {
  for (; !values.empty(); values = values.subspan(std::min(values.size(), kMaxValues))) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [key, value] : values.first(std::min(values.size(), kMaxValues))) writer.field(key, value);
    writer.end_object();
    TRY(event("metrics", at_ms, fmt::format(",\"step\":{},\"values\":{}", step, writer.text())));
  }
  return {};
}

namespace {

std::string texts_of(Texts values) {
  json::Writer writer;
  writer.begin_object();
  for (const auto& [key, value] : values) writer.field(key, value);
  writer.end_object();
  return ",\"values\":" + writer.take();
}

}  // namespace

Result<void> RunFolder::params(Texts values) {
  for (; !values.empty(); values = values.subspan(std::min(values.size(), kMaxValues)))
    TRY(event("params", std::nullopt, texts_of(values.first(std::min(values.size(), kMaxValues)))));
  return {};
}

Result<void> RunFolder::tags(Texts values) {
  for (; !values.empty(); values = values.subspan(std::min(values.size(), kMaxValues)))
    TRY(event("tags", std::nullopt, texts_of(values.first(std::min(values.size(), kMaxValues)))));
  return {};
}

Result<void> RunFolder::heartbeat(TimeMs at_ms) { return event("heartbeat", at_ms, ""); }
Result<void> RunFolder::end(TimeMs at_ms, std::string_view status) { return event("end", at_ms, fmt::format(",\"status\":\"{}\"", status)); }

Result<void> RunFolder::console(TimeMs at_ms, Output output, std::string_view text) {
  const std::lock_guard lock(mutex_);
  while (!text.empty()) {
    const auto piece = text.substr(0, whole_characters(text, kMaxPieceBytes));
    std::string line;
    line.reserve(piece.size() + piece.size() / 8 + 80);
    line += fmt::format("{{\"offset\":{},\"at\":{},\"stream\":\"{}\",\"text\":", console_bytes_, at_ms, output == Output::out ? "out" : "err");
    json::append_quoted(line, piece);
    line += "}\n";
    TRY(console_.append(line));
    console_bytes_ += static_cast<std::int64_t>(piece.size());
    text.remove_prefix(piece.size());
  }
  return {};
}

Result<void> RunFolder::file(const fs::path& path, std::string_view bytes) {
  const auto target = path_ / kFilesFolder / path;
  TRY(make_folders(target.parent_path()));
  const auto aside = target.parent_path() / fmt::format(".{}.tmp", target.filename().string());
  TRY(write_file_durably(aside, bytes));
  std::error_code error;
  fs::rename(aside, target, error);
  if (error) return fail(Code::unavailable, fmt::format("'{}' cannot be written", target.string()), error.message());
  return sync_folder(target.parent_path());
}

Result<void> RunFolder::sync() {
  const std::lock_guard lock(mutex_);
  TRY(events_.sync());
  return console_.sync();
}

}  // namespace gyre::runs
