// Traces read whole.
#include <fmt/format.h>

#include "traces/store.h"

namespace gyre::traces {
namespace {

Result<Trace> with_spans(sql::Tx& tx, TraceInfo info) {
  struct Row {
    std::string content;
  };
  Trace trace{std::move(info), {}};
  for (auto& row : TRY(tx.select<Row>("SELECT content FROM spans WHERE trace_id = $1 ORDER BY CASE WHEN parent_id IS NULL THEN 0 ELSE 1 END, start_ns, span_id",
                                      trace.info.id))) {
    trace.spans.push_back(std::move(row.content));
  }
  return trace;
}

// Whether all spans that the client has told of have come.
bool is_whole(const Trace& trace) {
  const auto stats = trace.info.metadata.find(std::string(kMetadataSizeStats));
  if (stats == trace.info.metadata.end()) return !trace.spans.empty();
  const auto told = json::parse(stats->second);
  return !trace.spans.empty() && (!told || static_cast<std::int64_t>(trace.spans.size()) >= (*told)["num_spans"].int_or(0));
}

Result<void> check(const std::vector<std::string>& ids) {
  if (ids.size() <= kMaxTracesPerRead) return {};
  return fail(Code::invalid, fmt::format("at most {} traces are read at once, not {}", kMaxTracesPerRead, ids.size()));
}

}  // namespace

Result<TraceInfo> Service::info(std::string_view id) {
  return db_.read([&](sql::Tx& tx) -> Result<TraceInfo> { return std::move(TRY(with_notes(tx, {TRY(get_trace(tx, id))})).front()); });
}

Result<std::vector<TraceInfo>> Service::infos(const std::vector<std::string>& ids) {
  TRY(check(ids));
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<TraceInfo>> { return with_notes(tx, TRY(rows_of(tx, ids))); });
}

Result<Trace> Service::trace(std::string_view id, bool partial) {
  return db_.read([&](sql::Tx& tx) -> Result<Trace> {
    const auto row = TRY(find_trace(tx, id));
    if (!row) return fail(Code::not_found, fmt::format("Trace with ID {:.80} is not found.", id));
    auto trace = TRY(with_spans(tx, std::move(TRY(with_notes(tx, {*row})).front())));
    if (!partial && !is_whole(trace)) return fail(Code::not_found, fmt::format("Trace with ID {} is not fully exported yet, please try again later.", id));
    return trace;
  });
}

Result<std::vector<Trace>> Service::traces(const std::vector<std::string>& ids) {
  TRY(check(ids));
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Trace>> {
    std::vector<Trace> traces;
    for (auto& info : TRY(with_notes(tx, TRY(rows_of(tx, ids))))) {
      auto trace = TRY(with_spans(tx, std::move(info)));
      if (is_whole(trace)) traces.push_back(std::move(trace));
    }
    return traces;
  });
}

}  // namespace gyre::traces
