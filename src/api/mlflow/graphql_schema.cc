#include "api/mlflow/graphql_schema.h"

#include <algorithm>
#include <iterator>

namespace gyre::mlflow::graphql {
namespace {

using enum Shape;

constexpr Member kMembers[] = {
    {"MlflowGetExperimentResponse", "experiment", object, "MlflowExperiment"},
    {"MlflowExperiment", "experimentId"},
    {"MlflowExperiment", "name"},
    {"MlflowExperiment", "artifactLocation"},
    {"MlflowExperiment", "lifecycleStage"},
    {"MlflowExperiment", "lastUpdateTime", whole},
    {"MlflowExperiment", "creationTime", whole},
    {"MlflowExperiment", "tags", list, "MlflowExperimentTag"},
    {"MlflowExperiment", "workspace"},
    {"MlflowGetRunResponse", "run", object, "MlflowRunExtension"},
    {"MlflowSearchRunsResponse", "runs", list, "MlflowRunExtension"},
    {"MlflowSearchRunsResponse", "nextPageToken"},
    {"MlflowRunExtension", "info", object, "MlflowRunInfo"},
    {"MlflowRunExtension", "data", object, "MlflowRunData"},
    {"MlflowRunExtension", "inputs", object, "MlflowRunInputs"},
    {"MlflowRunExtension", "outputs", object, "MlflowRunOutputs"},
    {"MlflowRunExtension", "experiment", object, "MlflowExperiment"},
    {"MlflowRunExtension", "modelVersions", list, "MlflowModelVersion"},
    {"MlflowRunInfo", "runId"},
    {"MlflowRunInfo", "runUuid"},
    {"MlflowRunInfo", "runName"},
    {"MlflowRunInfo", "experimentId"},
    {"MlflowRunInfo", "userId"},
    {"MlflowRunInfo", "status"},
    {"MlflowRunInfo", "startTime", whole},
    {"MlflowRunInfo", "endTime", whole},
    {"MlflowRunInfo", "artifactUri"},
    {"MlflowRunInfo", "lifecycleStage"},
    {"MlflowRunData", "metrics", list, "MlflowMetricExtension"},
    {"MlflowRunData", "params", list, "MlflowParam"},
    {"MlflowRunData", "tags", list, "MlflowRunTag"},
    {"MlflowMetricExtension", "key"},
    {"MlflowMetricExtension", "value", real},
    {"MlflowMetricExtension", "timestamp", whole},
    {"MlflowMetricExtension", "step", whole},
    {"MlflowMetricExtension", "datasetName"},
    {"MlflowMetricExtension", "datasetDigest"},
    {"MlflowMetricExtension", "modelId"},
    {"MlflowMetricExtension", "runId"},
    {"MlflowMetricWithRunId", "key"},
    {"MlflowMetricWithRunId", "value", real},
    {"MlflowMetricWithRunId", "timestamp", whole},
    {"MlflowMetricWithRunId", "step", whole},
    {"MlflowMetricWithRunId", "runId"},
    {"MlflowRunInputs", "datasetInputs", list, "MlflowDatasetInput"},
    {"MlflowRunInputs", "modelInputs", list, "MlflowModelInput"},
    {"MlflowRunOutputs", "modelOutputs", list, "MlflowModelOutput"},
    {"MlflowDatasetInput", "tags", list, "MlflowInputTag"},
    {"MlflowDatasetInput", "dataset", object, "MlflowDataset"},
    {"MlflowDataset", "name"},
    {"MlflowDataset", "digest"},
    {"MlflowDataset", "sourceType"},
    {"MlflowDataset", "source"},
    {"MlflowDataset", "schema"},
    {"MlflowDataset", "profile"},
    {"MlflowModelInput", "modelId"},
    {"MlflowModelOutput", "modelId"},
    {"MlflowModelOutput", "step", whole},
    {"MlflowListArtifactsResponse", "rootUri"},
    {"MlflowListArtifactsResponse", "files", list, "MlflowFileInfo"},
    {"MlflowListArtifactsResponse", "nextPageToken"},
    {"MlflowFileInfo", "path"},
    {"MlflowFileInfo", "isDir", truth},
    {"MlflowFileInfo", "fileSize", whole},
    {"MlflowGetMetricHistoryBulkIntervalResponse", "metrics", list, "MlflowMetricWithRunId"},
    {"MlflowSearchModelVersionsResponse", "modelVersions", list, "MlflowModelVersion"},
    {"MlflowSearchModelVersionsResponse", "nextPageToken"},
    {"MlflowModelVersion", "name"},
    {"MlflowModelVersion", "version"},
    {"MlflowModelVersion", "creationTimestamp", whole},
    {"MlflowModelVersion", "lastUpdatedTimestamp", whole},
    {"MlflowModelVersion", "userId"},
    {"MlflowModelVersion", "currentStage"},
    {"MlflowModelVersion", "description"},
    {"MlflowModelVersion", "source"},
    {"MlflowModelVersion", "runId"},
    {"MlflowModelVersion", "status"},
    {"MlflowModelVersion", "statusMessage"},
    {"MlflowModelVersion", "tags", list, "MlflowModelVersionTag"},
    {"MlflowModelVersion", "runLink"},
    {"MlflowModelVersion", "aliases", texts},
    {"MlflowModelVersion", "modelId"},
    {"MlflowSearchDatasetsResponse", "datasetSummaries", list, "MlflowDatasetSummary"},
    {"MlflowDatasetSummary", "experimentId"},
    {"MlflowDatasetSummary", "name"},
    {"MlflowDatasetSummary", "digest"},
    {"MlflowDatasetSummary", "context"},
    {"Test", "output"},
    {"TestMutation", "output"},
};

// Types of a key and a value.
constexpr std::string_view kPairs[] = {"MlflowExperimentTag", "MlflowParam", "MlflowRunTag", "MlflowInputTag", "MlflowModelVersionTag"};
constexpr Member kKey{"", "key"}, kValue{"", "value"};

constexpr Member kApiError{"", "apiError", object, "ApiError"}, kCode{"ApiError", "code"}, kMessage{"ApiError", "message"}, kTypeName{"", "__typename"};

constexpr Root kRoots[] = {
    {false, "mlflowGetExperiment", "GET", "/experiments/get", "MlflowGetExperimentResponse"},
    {false, "mlflowGetMetricHistoryBulkInterval", "GET", "/metrics/get-history-bulk-interval", "MlflowGetMetricHistoryBulkIntervalResponse"},
    {false, "mlflowGetRun", "GET", "/runs/get", "MlflowGetRunResponse"},
    {false, "mlflowListArtifacts", "GET", "/artifacts/list", "MlflowListArtifactsResponse"},
    {false, "mlflowSearchModelVersions", "GET", "/model-versions/search", "MlflowSearchModelVersionsResponse"},
    {false, "mlflowSearchRuns", "POST", "/runs/search", "MlflowSearchRunsResponse"},
    {false, "test", "", "", "Test"},
    {true, "mlflowSearchDatasets", "POST", "/experiments/search-datasets", "MlflowSearchDatasetsResponse"},
    {true, "mlflowSearchRuns", "POST", "/runs/search", "MlflowSearchRunsResponse"},
    {true, "testMutation", "", "", "TestMutation"},
};

}  // namespace

const Member* find_member(std::string_view type, std::string_view name) {
  if (name == "__typename") return &kTypeName;
  if (name == "apiError" && type.ends_with("Response")) return &kApiError;
  if (type == "ApiError") return name == "code" ? &kCode : name == "message" ? &kMessage : nullptr;
  if (std::ranges::find(kPairs, type) != std::end(kPairs)) return name == "key" ? &kKey : name == "value" ? &kValue : nullptr;
  const auto* found = std::ranges::find_if(kMembers, [&](const Member& member) { return member.type == type && member.name == name; });
  return found == std::end(kMembers) ? nullptr : found;
}

const Root* find_root(bool mutation, std::string_view name) {
  const auto* found = std::ranges::find_if(kRoots, [&](const Root& root) { return root.mutation == mutation && root.name == name; });
  return found == std::end(kRoots) ? nullptr : found;
}

std::string snake_case(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') out += '_';
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace gyre::mlflow::graphql
