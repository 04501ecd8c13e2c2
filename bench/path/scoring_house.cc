#include "bench/path/scoring_house.h"

namespace gyre::bench {
namespace {

constexpr std::string_view kMonitor = R"({"endpoint": "gbm", "prediction": "p", "label": "label", "window": "1d"})";

}  // namespace

Result<std::unique_ptr<ScoringHouse>> ScoringHouse::open(const std::filesystem::path& model) {
  std::unique_ptr<ScoringHouse> made(new ScoringHouse);
  made->house_ = TRY(app::House::open({.data_dir = made->folder_.path() / "data"}, made->clock_));
  TRY(made->register_model(model));
  auto& rooms = made->rooms();
  TRY(rooms.serving.apply(kEndpoint, json::Object{{"model", "gbm"}}, "user:bench"));
  TRY(rooms.serving.deploy(kEndpoint, {{.version = 1, .weight = 1}}, "bench", "user:bench"));
  TRY(rooms.monitoring.apply("gbm", TRY(json::parse(kMonitor)), "user:bench"));
  TRY(made->house_->listen({}));
  return made;
}

Result<void> ScoringHouse::register_model(const std::filesystem::path& model) {
  const auto run = TRY(rooms().tracking.create_run({.experiment_id = "0", .name = "gbm", .user = "bench", .start_ms = clock_.now_ms(), .tags = {}}));
  const auto root = TRY(tracking::artifact_key(run.info.artifact_uri + "/model"));
  TRY(put_blob(root + "/model.onnx", model / "gbm-columns.onnx"));
  TRY(rooms().registry.create_model("gbm", "", {}));
  TRY(rooms().registry.create_version(
      {.model = "gbm", .source = "runs:/" + run.info.id + "/model", .run_id = run.info.id, .run_link = {}, .description = {}, .tags = {}}));
  const auto reference = TRY(blob::put_file_content(house_->blobs(), model / "reference.parquet"));
  return rooms().registry.put_evidence(
      "gbm", 1, {.kind = "reference", .sha256 = reference.sha256, .size_bytes = reference.size_bytes, .body = {}, .at_ms = clock_.now_ms()});
}

Result<void> ScoringHouse::put_blob(const std::string& key, const std::filesystem::path& file) {
  const auto bytes = TRY(read_file(file));
  StringSource source(bytes);
  TRY(house_->blobs().put(key, source));
  return {};
}

}  // namespace gyre::bench
