#include <fmt/format.h>

#include "registry/registry.h"

namespace gyre::registry {
namespace {

struct Row {
  std::string kind, sha256;
  std::int64_t size_bytes;
  std::string body;
  std::int64_t at_ms;
};

constexpr auto kColumns = "SELECT kind, sha256, size_bytes, body, at_ms FROM model_evidence WHERE model = $1 AND version = $2 ";

Result<Evidence> to_evidence(Row row) { return Evidence{std::move(row.kind), std::move(row.sha256), row.size_bytes, TRY(json::parse(row.body)), row.at_ms}; }

}  // namespace

Result<void> Service::put_evidence(std::string_view model, std::int64_t version, const Evidence& evidence) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(read_version(tx, model, version));
    return tx.exec(
        "INSERT INTO model_evidence (model, version, kind, sha256, size_bytes, body, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (model, version, "
        "kind) DO UPDATE "
        "SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes, body = excluded.body, at_ms = excluded.at_ms",
        model, version, evidence.kind, evidence.sha256, evidence.size_bytes, json::to_text(evidence.body), clock_.now_ms());
  });
}

Result<std::vector<Evidence>> Service::evidence(std::string_view model, std::int64_t version) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Evidence>> {
    std::vector<Evidence> all;
    for (auto& row : TRY(tx.select<Row>(std::string(kColumns) + "ORDER BY kind", model, version))) all.push_back(TRY(to_evidence(std::move(row))));
    return all;
  });
}

Result<std::optional<Evidence>> Service::evidence(std::string_view model, std::int64_t version, std::string_view kind) {
  return db_.read([&](sql::Tx& tx) -> Result<std::optional<Evidence>> {
    auto row = TRY(tx.select_one<Row>(std::string(kColumns) + "AND kind = $3", model, version, kind));
    if (!row) return std::nullopt;
    return TRY(to_evidence(std::move(*row)));
  });
}

Result<Findings> Service::verify() {
  struct File {
    std::string model;
    std::int64_t version;
    std::string path, key, sha256;
  };
  Findings findings;
  const auto files = TRY(db_.read([](sql::Tx& tx) { return tx.select<File>("SELECT model, version, path, blob_key, sha256 FROM model_version_files"); }));
  for (const auto& file : files) {
    ++findings.checked;
    const auto found = hash_files("mlflow-artifacts:/" + file.key.substr(std::string_view("artifacts/").size(),
                                                                         file.key.size() - file.path.size() - 1 - std::string_view("artifacts/").size()));
    bool good = false;
    if (found) {
      for (const auto& one : *found) good |= one.path == file.path && one.sha256 == file.sha256;
    }
    if (!good) findings.problems.push_back(fmt::format("registry: the file {} of {}@{} is missing or changed", file.path, file.model, file.version));
  }
  struct Proof {
    std::string model;
    std::int64_t version;
    std::string kind, sha256;
  };
  const auto proofs = TRY(db_.read([](sql::Tx& tx) { return tx.select<Proof>("SELECT model, version, kind, sha256 FROM model_evidence WHERE sha256 <> ''"); }));
  for (const auto& proof : proofs) {
    ++findings.checked;
    if (const auto good = blob::verify_content(blobs_, proof.sha256); !good)
      findings.problems.push_back(fmt::format("registry: evidence '{}' of {}@{}: {}", proof.kind, proof.model, proof.version, good.error().message));
  }
  return findings;
}

}  // namespace gyre::registry
