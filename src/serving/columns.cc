// What is known of a model's columns without loading it again.
#include <fmt/format.h>

#include "base/decode.h"
#include "serving/loaded.h"

namespace gyre::serving {

BOOST_DESCRIBE_STRUCT(ModelColumn, (), (name, role, type))

namespace {

struct Row {
  std::string ports;
};

std::vector<ModelColumn> columns_of(const infer::Signature& signature) {
  std::vector<ModelColumn> columns;
  for (const auto& port : signature.inputs) columns.push_back({port.name, "input", std::string(infer::to_string(port.type))});
  for (const auto& port : signature.outputs) columns.push_back({port.name, "output", std::string(infer::to_string(port.type))});
  return columns;
}

}  // namespace

Result<void> keep_columns(sql::Db& db, std::string_view model, std::int64_t version, const infer::Signature& signature) {
  return db.write([&](sql::Tx& tx) {
    return tx.exec("INSERT INTO model_signatures (model, version, ports) VALUES ($1, $2, $3) ON CONFLICT (model, version) DO UPDATE SET ports = excluded.ports",
                   model, version, json::encode(columns_of(signature)));
  });
}

Result<std::vector<ModelColumn>> Service::columns(std::string_view model, std::int64_t version) {
  const auto row =
      TRY(db_.read([&](sql::Tx& tx) { return tx.select_one<Row>("SELECT ports FROM model_signatures WHERE model = $1 AND version = $2", model, version); }));
  if (row) return json::decode_text<std::vector<ModelColumn>>(row->ports);
  const auto loaded = TRY(signature(model, version));
  TRY(keep_columns(db_, model, version, loaded));
  return columns_of(loaded);
}

Result<Batch> Service::example(std::string_view name) { return example_of(TRY(shape(name)).signature); }

}  // namespace gyre::serving
