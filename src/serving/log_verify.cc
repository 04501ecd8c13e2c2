// Whether the log still holds what was written: every frame's checksum, every sealed file's rows and hash.
#include <fmt/format.h>

#include "base/file_hash.h"
#include "base/folder.h"
#include "serving/log_writer.h"
#include "serving/sealed_files.h"

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;

Result<void> check_segment(const fs::path& file, Position end, Findings& findings, std::int64_t segment) {
  auto reader = TRY(SegmentReader::open(file, 0));
  const bool active = segment == end.segment;
  while (!active || reader.position() < end.offset) {
    const auto payload = TRY(reader.next());
    if (!payload) break;
    ++findings.checked;
    if (!decode(*payload)) findings.problems.push_back(fmt::format("{}: the frame before byte {} cannot be read", file.string(), reader.position()));
  }
  if (reader.damaged() > 0) findings.problems.push_back(fmt::format("{}: {} frames are damaged", file.string(), reader.damaged()));
  if (active ? reader.position() < end.offset : reader.has_rest())
    findings.problems.push_back(fmt::format("{}: damaged from byte {} on", file.string(), reader.position()));
  return {};
}

Result<void> check_sealed(query::Engine& engine, const fs::path& mark, Findings& findings) {
  const auto files = read_mark(mark);
  if (!files) findings.problems.push_back(files.error().message);
  for (const auto& sealed : files.value_or(std::vector<SealedFile>())) {
    ++findings.checked;
    const auto file = mark.parent_path() / sealed.name;
    const auto counted =
        query::fetch(engine, fmt::format("SELECT count(COLUMNS(*)) FROM read_parquet({})", query::quote(file.string())));  // reads every column through
    if (!counted) {
      findings.problems.push_back(fmt::format("{}: {}", file.string(), counted.error().message));
    } else if (counted->rows.front().front().int_or(-1) != sealed.rows) {
      findings.problems.push_back(fmt::format("{}: it has {} rows, but {} were written", file.string(), counted->rows.front().front().int_or(-1), sealed.rows));
    } else if (!sealed.sha256.empty() && file_sha256(file) != sealed.sha256) {
      findings.problems.push_back(fmt::format("{}: its content is not what was written", file.string()));
    }
  }
  return {};
}

}  // namespace

Result<Findings> PredictionLog::verify(std::string_view endpoint) {
  const auto log = TRY(writer(endpoint));
  Position end;
  TRY(at_rest(endpoint, [&](Position at) { end = at; }));
  Findings findings;
  for (const auto segment : segments_in(log->folder)) {
    if (segment <= end.segment) TRY(check_segment(segment_path(log->folder, segment), end, findings, segment));
  }
  for (std::int64_t segment = 1; segment < end.segment; ++segment) {
    const bool open = is_there(segment_path(log->folder, segment)), done = is_there(log->done_mark(segment));
    if (!open && !done) findings.problems.push_back(fmt::format("{}: segment {} is missing, and was never sealed", log->folder.string(), segment));
    if (done) TRY(check_sealed(engine_, log->done_mark(segment), findings));
  }
  return findings;
}

}  // namespace gyre::serving
