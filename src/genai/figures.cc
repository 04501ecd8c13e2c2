#include <fmt/format.h>

#include "genai/genai.h"

namespace gyre::genai {

Result<Figures> Service::figures() {
  struct Counts {
    std::int64_t datasets, records, scorers;
  };
  struct ByStatus {
    std::string status;
    std::int64_t n;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    const auto counts =
        TRY(tx.select<Counts>("SELECT (SELECT COUNT(*) FROM eval_datasets), (SELECT COUNT(*) FROM eval_records), (SELECT COUNT(*) FROM scorers)")).front();
    Figure issues{"gyre_genai_issues", "Issues by status.", Figure::Kind::gauge, {}};
    for (const auto& row : TRY(tx.select<ByStatus>("SELECT status, COUNT(*) FROM issues GROUP BY status ORDER BY status")))
      issues.samples.push_back({{{"status", row.status}}, static_cast<double>(row.n)});
    return Figures{figure("gyre_genai_datasets", "Evaluation datasets.", Figure::Kind::gauge, counts.datasets),
                   figure("gyre_genai_records", "Records of evaluation datasets.", Figure::Kind::gauge, counts.records),
                   figure("gyre_genai_scorers", "Scorers that are registered.", Figure::Kind::gauge, counts.scorers), std::move(issues)};
  });
}

Result<Findings> Service::verify() {
  struct Count {
    std::int64_t n;
  };
  struct Id {
    std::string id;
  };
  return db_.read([](sql::Tx& tx) -> Result<Findings> {
    Findings findings;
    findings.checked = TRY(tx.select<Count>("SELECT COUNT(*) FROM eval_records")).front().n;
    for (const auto& row : TRY(tx.select<Id>("SELECT id FROM eval_records AS r WHERE NOT EXISTS (SELECT 1 FROM eval_datasets AS d WHERE d.id = r.dataset_id "
                                             "AND d.last_seq >= r.seq) ORDER BY id "
                                             "LIMIT 10"))) {
      findings.problems.push_back(fmt::format("genai: record {} belongs to no dataset, or comes behind its last one", row.id));
    }
    return findings;
  });
}

}  // namespace gyre::genai
