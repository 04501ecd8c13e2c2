#include "registry/registry.h"

namespace gyre::registry {

Result<Figures> Service::figures() {
  struct Counts {
    std::int64_t models;
  };
  struct ByModel {
    std::string model;
    std::int64_t n;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    Figure versions{"gyre_registry_versions", "Versions by model.", Figure::Kind::gauge, {}};
    for (const auto& row : TRY(tx.select<ByModel>("SELECT model, COUNT(*) FROM model_versions GROUP BY model ORDER BY model")))
      versions.samples.push_back({{{"model", row.model}}, static_cast<double>(row.n)});
    const auto counts = TRY(tx.select<Counts>("SELECT COUNT(*) FROM models")).front();
    return Figures{figure("gyre_registry_models", "Registered models.", Figure::Kind::gauge, counts.models), std::move(versions)};
  });
}

}  // namespace gyre::registry
