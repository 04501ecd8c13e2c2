// The rooms below serving on an empty database, with small real models. For tests of serving and of the rooms above it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/named_by_build.h"
#include "governance/governance.h"
#include "serving/serving.h"
#include "storage/sql/outbox.h"
#include "storage/sql/testing.h"

namespace gyre::serving {

// The models are those of src/infer/testdata, which GYRE_TEST_DATA names. logistic*: inputs group ("a" or "b") and x, outputs
// p = 1 / (1 + exp(-slope x)) and double_x, with slope 1 (logistic, logistic_fragile), 0 (_flat), -1 (_inverse).
class TestRooms {
 public:
  explicit TestRooms(std::string_view database_kind) : database(database_kind), db(*database.db()) {
    for (const auto all : {outbox::migrations(), governance::migrations(), tracking::migrations(), registry::migrations(), serving::migrations()})
      EXPECT_TRUE(sql::migrate(db, all));
    EXPECT_TRUE(tracking.prepare());
  }

  // A new version of a model, which is made when there is none of that name. A run that belongs to a step registers once.
  std::int64_t add_version(const std::string& model, std::string_view onnx, const std::string& run_id = "") {
    (void)registry.create_model(model, "", {});
    const auto run = run_id.empty() ? tracking.create_run({"0", "train", "", clock.now_ms(), {}}).value() : tracking.run(run_id).value();
    const auto key = tracking::artifact_key(run.info.artifact_uri + "/model").value();
    const auto bytes = read_file(named_by_build("GYRE_TEST_DATA") / onnx).value();
    StringSource model_source(bytes), description("flavors: {}");
    EXPECT_TRUE(blobs->put(key + "/model.onnx", model_source));
    EXPECT_TRUE(blobs->put(key + "/MLmodel", description));
    const auto version = registry.create_version({model, "runs:/" + run.info.id + "/model", run.info.id, "", "", {}});
    EXPECT_TRUE(version) << version.error().message;
    return version ? version->version : 0;
  }

  static Batch batch(std::vector<float> x, std::vector<std::string> ids = {}) {
    const auto rows = static_cast<std::int64_t>(x.size());
    Batch made{x.size(), {}, std::move(ids)};
    made.columns.push_back({"group", {rows, 1}, std::vector<std::string>(x.size(), "a")});
    made.columns.push_back({"x", {rows, 1}, std::move(x)});
    return made;
  }

  const ScratchFolder folder;
  sql::TestDatabase database;
  sql::Db& db;
  std::unique_ptr<blob::Store> blobs = blob::open_local(folder.path() / "blobs").value();
  VirtualClock clock{from_iso("2001-03-05").value()};
  tracking::Service tracking{db, *blobs, clock};
  registry::Service registry{db, *blobs, clock, tracking};
  std::unique_ptr<query::Engine> engine = query::open({});
  std::unique_ptr<infer::Runtime> runtime = infer::open({});
};

}  // namespace gyre::serving
