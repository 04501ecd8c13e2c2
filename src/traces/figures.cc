#include <fmt/format.h>

#include "traces/traces.h"
#include "tracking/presence.h"

namespace gyre::traces {

Result<Figures> Service::figures() {
  struct ByState {
    std::string state;
    std::int64_t n;
  };
  struct Count {
    std::int64_t spans;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    Figure traces{"gyre_traces_traces", "Traces by state.", Figure::Kind::gauge, {}};
    for (const auto& row : TRY(tx.select<ByState>("SELECT state, COUNT(*) FROM traces GROUP BY state ORDER BY state")))
      traces.samples.push_back({{{"state", row.state}}, static_cast<double>(row.n)});
    const auto counts = TRY(tx.select<Count>("SELECT COUNT(*) FROM spans")).front();
    return Figures{std::move(traces), figure("gyre_traces_spans", "Spans that are kept.", Figure::Kind::gauge, counts.spans)};
  });
}

Result<Findings> Service::verify() {
  struct Id {
    std::string id;
  };
  struct Count {
    std::int64_t n;
  };
  return db_.read([](sql::Tx& tx) -> Result<Findings> {
    Findings findings;
    findings.checked = TRY(tx.select<Count>("SELECT COUNT(*) FROM traces")).front().n;
    const auto of_none = fmt::format("SELECT id FROM traces WHERE NOT {} ORDER BY id LIMIT 10", tracking::experiment_is_there("experiment_id"));
    for (const auto& row : TRY(tx.select<Id>(of_none))) {
      findings.problems.push_back(fmt::format("traces: trace {} belongs to no experiment", row.id));
    }
    for (const auto& row : TRY(tx.select<Id>(
             "SELECT trace_id FROM spans AS s WHERE NOT EXISTS (SELECT 1 FROM traces AS t WHERE t.id = s.trace_id) ORDER BY trace_id LIMIT 10"))) {
      findings.problems.push_back(fmt::format("traces: a span belongs to trace {}, which is not there", row.id));
    }
    return findings;
  });
}

}  // namespace gyre::traces
