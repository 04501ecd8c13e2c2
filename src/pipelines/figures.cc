#include "pipelines/pipelines.h"

namespace gyre::pipelines {

Result<Figures> Service::figures() {
  struct ByPipeline {
    std::string pipeline, status;
    std::int64_t n;
  };
  struct BySteps {
    std::string status;
    std::int64_t n;
  };
  struct Counts {
    std::int64_t n;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    Figure runs{"gyre_pipelines_runs", "Runs by pipeline and status.", Figure::Kind::gauge, {}},
        steps{"gyre_pipelines_steps", "Steps of runs by status.", Figure::Kind::gauge, {}};
    for (const auto& row :
         TRY(tx.select<ByPipeline>("SELECT pipeline, status, COUNT(*) FROM pipeline_runs GROUP BY pipeline, status ORDER BY pipeline, status"))) {
      runs.samples.push_back({{{"pipeline", row.pipeline}, {"status", row.status}}, static_cast<double>(row.n)});
    }
    for (const auto& row : TRY(tx.select<BySteps>("SELECT status, COUNT(*) FROM step_runs GROUP BY status ORDER BY status")))
      steps.samples.push_back({{{"status", row.status}}, static_cast<double>(row.n)});
    const auto defined = TRY(tx.select<Counts>("SELECT COUNT(*) FROM pipelines")).front().n;
    return Figures{figure("gyre_pipelines_defined", "Pipelines.", Figure::Kind::gauge, defined), std::move(runs), std::move(steps)};
  });
}

}  // namespace gyre::pipelines
