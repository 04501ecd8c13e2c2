#include "app/runs/sync.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/run_files.h"
#include "base/folder.h"

namespace gyre::runs {
namespace {

namespace fs = std::filesystem;

using cli::api;

std::string source_in(const std::string& name) {
  const auto last = name.rfind('-');
  if (!name.starts_with("log-") || !name.ends_with(".ndjson") || last <= 3) return "";
  return name.substr(4, last - 4);
}

}  // namespace

std::string lines_body(std::string_view head, std::string_view list, const LinesReader::Batch& batch) {
  std::size_t size = head.size() + list.size() + 16;
  for (const auto& line : batch.lines) size += line.size() + 1;
  std::string body;
  body.reserve(size);
  body += fmt::format("{},\"{}\":[", head, list);
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    if (i > 0) body += ',';
    body += batch.lines[i];
  }
  return body + "]}";
}

void FolderSync::note(std::string text) {
  if (synced_.notes.size() < kMaxNotes) synced_.notes.push_back(std::move(text));
}

Result<void> FolderSync::begin() {
  if (!run_id_.empty()) return {};
  auto head = to_json(TRY(read_head(folder_)));
  const auto made = TRY(remote_.post(api("runs"), head));
  run_id_ = made["id"].string_or("");
  if (run_id_.empty()) return fail(Code::internal, "the server made a run without an id", {}, "is that a Gyre server of this version?");
  synced_.run_id = run_id_;
  return {};
}

Result<std::int64_t> FolderSync::position_of(const std::string& source) {
  const auto there = TRY(remote_.get(api("runs", run_id_, "log"), {{"source", source}}));
  const auto* rows = there["rows"].if_array();
  return rows && !rows->empty() ? rows->front()["position"].int_or(0) : 0;
}

Result<void> FolderSync::find_sources() {
  for (const auto& path : TRY(list_folder(folder_))) {
    const auto name = source_in(path.filename().string());
    if (name.empty() || sources_.contains(name)) continue;
    Source source{.lines = LinesReader(folder_, "log-" + name, "n")};
    TRY(source.lines.seek(TRY(position_of(name))));
    sources_.emplace(name, std::move(source));
  }
  synced_.sources = std::ssize(sources_);
  return {};
}

Result<bool> FolderSync::send_events(const std::string& name, Source& source) {
  bool any = false, again = false;
  for (;;) {
    const auto batch = TRY(source.lines.peek());
    if (batch.lines.empty()) break;
    const auto head = fmt::format("{{\"source\":\"{}\",\"from\":{}", name, batch.first);
    const auto taken = remote_.post_text(api("runs", run_id_, "log"), lines_body(head, "events", batch), "application/json");
    if (!taken && taken.error().code == Code::unavailable) return std::unexpected(taken.error());
    if (!taken && taken.error().code == Code::conflict && batch.first > 0 && !again) {  // a server that was set back, or another one
      again = true;
      TRY(source.lines.seek(TRY(position_of(name))));
      continue;
    }
    if (!taken) return within(source.lines.place(), taken.error());
    source.lines.accept();
    source.position = batch.first + std::ssize(batch.lines);
    any = true;
    synced_.sent_events += (*taken)["taken"].int_or(0);
    synced_.refused += (*taken)["refused"].int_or(0);
    if (const auto* refusals = (*taken)["refusals"].if_array()) {
      for (const auto& one : *refusals) note(fmt::format("event {} of {}: {}", one["n"].int_or(0), name, one["why"].string_or("")));
    }
  }
  return any;
}

Result<bool> FolderSync::step(Files files) {
  TRY(begin());
  TRY(find_sources());
  bool any = false;
  for (auto& [name, source] : sources_) any = TRY(send_events(name, source)) || any;
  any = TRY(send_console()) || any;
  return (files == Files::too && TRY(send_files())) || any;
}

Result<void> FolderSync::all() {
  TRY(step());
  return verify();
}

Result<void> FolderSync::verify() {
  const auto there = TRY(remote_.get(api("runs", run_id_, "log")));
  synced_.events = 0;
  for (const auto& [name, source] : sources_) {
    std::int64_t position = 0;
    if (const auto* rows = there["rows"].if_array()) {
      const auto found = std::ranges::find_if(*rows, [&](const json::Value& row) { return row["source"].string_or("") == name; });
      if (found != rows->end()) position = (*found)["position"].int_or(0);
    }
    if (position < source.position)
      return fail(Code::internal, fmt::format("the server has {} of the {} events of '{}' in {}", position, source.position, name, folder_.string()), {},
                  "sync it again; gyre check tells whether the server's folder is sound");
    synced_.events += source.position;
  }
  const auto console = TRY(remote_.get(api("runs", run_id_, "console"), {{"tail", "1"}}))["bytes"].int_or(0);
  if (console < console_end_)
    return fail(Code::internal, fmt::format("the server has {} of the {} bytes of output in {}", console, console_end_, folder_.string()), {}, "sync it again");
  return {};
}

}  // namespace gyre::runs
