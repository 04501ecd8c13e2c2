// References are kept once made: a page or a server that starts does not read the rows again.
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

using Outputs = std::map<std::string, bool>;

struct Row {
  std::string layouts, profiles, outputs, labelled;
};

}  // namespace

Result<std::optional<Reference>> load_reference(sql::Db& db, std::string_view monitor, std::int64_t version, std::string_view made_of) {
  const auto row = TRY(db.read([&](sql::Tx& tx) {
    return tx.select_one<Row>("SELECT layouts, profiles, outputs, labelled FROM monitor_references WHERE monitor = $1 AND version = $2 AND definition = $3",
                              monitor, version, made_of);
  }));
  if (!row) return std::nullopt;
  Reference reference;
  reference.layouts = TRY(decode_layouts(row->layouts));
  reference.profiles = TRY(decode_profiles(row->profiles));
  reference.outputs = TRY(json::decode_text<Outputs>(row->outputs));
  reference.labelled = TRY(decode_sketch(row->labelled));
  reference.calibration = Calibration::from(reference.labelled);
  return reference;
}

Result<void> save_reference(sql::Db& db, std::string_view monitor, std::int64_t version, std::string_view made_of, const Reference& reference) {
  const auto layouts = encode(reference.layouts), profiles = encode(reference.profiles), labelled = encode(reference.labelled),
             outputs = json::encode(reference.outputs);
  return db.write([&](sql::Tx& tx) {
    return tx.exec(
        "INSERT INTO monitor_references (monitor, version, definition, layouts, profiles, outputs, labelled) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT "
        "(monitor, version) DO UPDATE "
        "SET definition = excluded.definition, layouts = excluded.layouts, profiles = excluded.profiles, outputs = excluded.outputs, labelled = "
        "excluded.labelled",
        monitor, version, made_of, sql::Bytes{layouts}, sql::Bytes{profiles}, outputs, sql::Bytes{labelled});
  });
}

}  // namespace gyre::monitoring
