// What a Java program does with the unmodified MLflow client: each method is one scenario, strict.
// java -cp mlflow-client.jar JavaScenarios.java URL FOLDER [SCENARIO...]: a line for each, "name\tok" or "name\t" and what went wrong.
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.mlflow.api.proto.ModelRegistry.ModelVersion;
import org.mlflow.api.proto.Service.CreateExperiment;
import org.mlflow.api.proto.Service.CreateRun;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.ExperimentTag;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.Run;
import org.mlflow.api.proto.Service.RunInfo;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;
import org.mlflow.tracking.ActiveRun;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowContext;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.ModelVersionsPage;
import org.mlflow.tracking.RunsPage;

public class JavaScenarios {
  final MlflowClient client;
  final Path folder;

  JavaScenarios(String url, String folder) {
    client = new MlflowClient(url);
    this.folder = Path.of(folder);
  }

  public void experiments() {
    String id = client.createExperiment(CreateExperiment.newBuilder().setName("java").addTags(ExperimentTag.newBuilder().setKey("by").setValue("java")).build());
    client.setExperimentTag(id, "team", "röd");
    Experiment read = client.getExperiment(id);
    same("java", read.getName());
    same(Map.of("by", "java", "team", "röd"), read.getTagsList().stream().collect(Collectors.toMap(ExperimentTag::getKey, ExperimentTag::getValue)));
    client.renameExperiment(id, "java renamed");
    same(id, client.getExperimentByName("java renamed").get().getExperimentId());
    same(false, client.getExperimentByName("java").isPresent());
    client.deleteExperiment(id);
    same("deleted", client.getExperiment(id).getLifecycleStage());
    same(List.of("java renamed"), names(client.searchExperiments("name = 'java renamed'", ViewType.DELETED_ONLY, 10, List.of()).getItems()));
    client.restoreExperiment(id);
    same(List.of("java renamed"), names(client.searchExperiments("tags.team = 'röd'").getItems()));
  }

  public void runs() {
    String experiment = client.createExperiment("java runs");
    RunInfo info = client.createRun(CreateRun.newBuilder().setExperimentId(experiment).setRunName("first").setStartTime(1_700_000_000_123L)
        .addTags(RunTag.newBuilder().setKey("a").setValue("1")).build());
    String id = info.getRunId();
    same(RunStatus.RUNNING, info.getStatus());
    client.logParam(id, "depth", "7");
    client.logMetric(id, "loss", 0.1 + 0.2);
    client.logMetric(id, "loss", Double.NaN, 1_700_000_000_500L, 2);
    client.logMetric(id, "big", Double.POSITIVE_INFINITY, 1_700_000_000_500L, 5_000_000_000L);
    client.setTag(id, "b", "2");
    client.deleteTag(id, "a");
    client.logBatch(id,
        List.of(metric("loss", 0.5, 3), metric("loss", 0.25, 4), metric("auc", 5e-324, 0)),
        List.of(Param.newBuilder().setKey("rate").setValue("0.1").build()),
        List.of(RunTag.newBuilder().setKey("c").setValue("3").build()));
    client.setTerminated(id, RunStatus.FINISHED, 1_700_000_001_000L);

    Run run = client.getRun(id);
    same("first", run.getInfo().getRunName());
    same(1_700_000_000_123L, run.getInfo().getStartTime());
    same(1_700_000_001_000L, run.getInfo().getEndTime());
    same(RunStatus.FINISHED, run.getInfo().getStatus());
    same(Map.of("depth", "7", "rate", "0.1"), run.getData().getParamsList().stream().collect(Collectors.toMap(Param::getKey, Param::getValue)));
    Map<String, Double> metrics = run.getData().getMetricsList().stream().collect(Collectors.toMap(Metric::getKey, Metric::getValue));
    same(Map.of("loss", 0.25, "auc", 5e-324, "big", Double.POSITIVE_INFINITY), metrics);
    Map<String, String> tags = run.getData().getTagsList().stream().filter(t -> !t.getKey().startsWith("mlflow.")).collect(Collectors.toMap(RunTag::getKey, RunTag::getValue));
    same(Map.of("b", "2", "c", "3"), tags);
    same(List.of(0.1 + 0.2, Double.NaN, 0.5, 0.25), client.getMetricHistory(id, "loss").stream().map(Metric::getValue).collect(Collectors.toList()));
    same(5_000_000_000L, client.getMetricHistory(id, "big").get(0).getStep());
    client.deleteRun(id);
    same("deleted", client.getRun(id).getInfo().getLifecycleStage());
    client.restoreRun(id);
    same("active", client.getRun(id).getInfo().getLifecycleStage());
  }

  public void aLongHistory() {
    String id = client.createRun(client.createExperiment("java history")).getRunId();
    for (int batch = 0; batch < 25; ++batch) {
      List<Metric> points = new ArrayList<>();
      for (int i = 0; i < 1000; ++i) points.add(metric("m", batch * 1000 + i, batch * 1000 + i));
      client.logBatch(id, points, List.of(), List.of());
    }
    List<Metric> history = client.getMetricHistory(id, "m");  // one page: this client cannot put two together, whoever answers
    same(25_000, history.size());
    for (int i = 0; i < history.size(); ++i) same((double) i, history.get(i).getValue());
  }

  public void searchingInPages() {
    String experiment = client.createExperiment("java pages");
    for (int i = 0; i < 7; ++i) {
      String id = client.createRun(experiment).getRunId();
      client.logMetric(id, "auc", i / 10.0);
      client.logParam(id, "kind", i % 2 == 0 ? "even" : "odd");
    }
    List<Double> seen = new ArrayList<>();
    RunsPage page = client.searchRuns(List.of(experiment), "params.kind = 'even'", ViewType.ACTIVE_ONLY, 3, List.of("metrics.auc DESC"));
    for (;;) {
      for (Run run : page.getItems()) seen.add(run.getData().getMetricsList().get(0).getValue());
      if (!page.hasNextPage()) break;
      page = (RunsPage) page.getNextPage();
    }
    same(List.of(0.6, 0.4, 0.2, 0.0), seen);
    same(3, client.searchRuns(List.of(experiment), "metrics.auc > 0.35").size());
    same(7, client.listRunInfos(experiment).size());
  }

  public void anActiveRun() {
    client.createExperiment("java fluent");
    MlflowContext context = new MlflowContext(client).setExperimentName("java fluent");
    ActiveRun parent = context.startRun("parent");
    parent.logParams(Map.of("a", "1", "b", "2"));
    parent.setTags(Map.of("team", "red"));
    parent.logMetrics(Map.of("x", 1.5, "y", 2.5), 3);
    ActiveRun child = context.startRun("child", parent.getId());
    child.logMetric("z", 4, 1);
    child.endRun(RunStatus.FAILED);
    parent.endRun();
    context.withActiveRun("broken", run -> { throw new IllegalStateException("boom"); });  // the client keeps the exception to itself
    String experiment = context.getExperimentId();
    same("mlflow-artifacts:/" + experiment + "/" + parent.getId() + "/artifacts", parent.getArtifactUri());
    Run read = client.getRun(child.getId());
    same(RunStatus.FAILED, read.getInfo().getStatus());
    same(List.of(parent.getId()), read.getData().getTagsList().stream().filter(t -> t.getKey().equals("mlflow.parentRunId")).map(RunTag::getValue).collect(Collectors.toList()));
    same(List.of("FINISHED"), statuses(experiment, "parent"));
    same(List.of("FAILED"), statuses(experiment, "broken"));
  }

  // The client writes models by its raw calls, and reads them by calls of its own.
  public void theRegistry() {
    RunInfo run = client.createRun(client.createExperiment("java models"));
    client.sendPost("registered-models/create", "{\"name\": \"java model\", \"tags\": [{\"key\": \"k\", \"value\": \"v\"}]}");
    for (int i = 1; i <= 3; ++i)
      client.sendPost("model-versions/create", "{\"name\": \"java model\", \"source\": \"" + run.getArtifactUri() + "/m\", \"run_id\": \"" + run.getRunId() + "\"}");
    client.sendPost("model-versions/transition-stage", "{\"name\": \"java model\", \"version\": \"2\", \"stage\": \"Production\", \"archive_existing_versions\": false}");
    client.sendPatch("model-versions/update", "{\"name\": \"java model\", \"version\": \"3\", \"description\": \"the third\"}");
    same("java model", client.getRegisteredModel("java model").getName());
    ModelVersion third = client.getModelVersion("java model", "3");
    same("the third", third.getDescription());
    same(run.getRunId(), third.getRunId());
    same(run.getArtifactUri() + "/m", client.getModelVersionDownloadUri("java model", "3"));
    same(List.of("2"), versions(client.getLatestVersions("java model", List.of("Production"))));
    same(List.of("2", "3"), versions(client.getLatestVersions("java model")));
    List<String> seen = new ArrayList<>();
    ModelVersionsPage page = client.searchModelVersions("name = 'java model'", 2, List.of("version_number ASC"));
    for (;;) {
      seen.addAll(versions(page.getItems()));
      if (!page.hasNextPage()) break;
      page = (ModelVersionsPage) page.getNextPage();
    }
    same(List.of("1", "2", "3"), seen.stream().sorted().collect(Collectors.toList()));
  }

  // The client starts Python's `mlflow` for artifacts, once for each call.
  public void artifacts() throws Exception {
    String id = client.createRun(client.createExperiment("java artifacts")).getRunId();
    Path file = Files.writeString(folder.resolve("note.txt"), "hello from java");
    client.logArtifact(id, file.toFile(), "notes");
    same(List.of("notes/note.txt"), client.listArtifacts(id, "notes").stream().map(f -> f.getPath()).collect(Collectors.toList()));
  }

  public void whatIsNotThere() {
    refused(404, "RESOURCE_DOES_NOT_EXIST", () -> client.getRun("0".repeat(32)));
    refused(404, "RESOURCE_DOES_NOT_EXIST", () -> client.getExperiment("77777"));
    refused(404, "RESOURCE_DOES_NOT_EXIST", () -> client.getRegisteredModel("nothing"));
    refused(400, "INVALID_PARAMETER_VALUE", () -> client.searchRuns(List.of("0"), "metrics.a > > 1"));
    refused(400, "RESOURCE_ALREADY_EXISTS", () -> client.createExperiment("Default"));
  }

  List<String> statuses(String experiment, String name) {
    return client.searchRuns(List.of(experiment), "attributes.run_name = '" + name + "'").stream().map(r -> r.getStatus().name()).collect(Collectors.toList());
  }
  static List<String> versions(List<ModelVersion> found) { return found.stream().map(ModelVersion::getVersion).sorted().collect(Collectors.toList()); }
  static List<String> names(List<Experiment> found) { return found.stream().map(Experiment::getName).collect(Collectors.toList()); }
  static Metric metric(String key, double value, long step) {
    return Metric.newBuilder().setKey(key).setValue(value).setTimestamp(1_700_000_000_000L + step).setStep(step).build();
  }

  static void same(Object expected, Object found) {
    if (!Objects.equals(expected, found)) throw new AssertionError("expected " + expected + ", found " + found);
  }

  static void refused(int status, String code, Runnable call) {
    try {
      call.run();
    } catch (MlflowHttpException error) {
      same(status, error.getStatusCode());
      if (!error.getBodyMessage().contains(code)) throw new AssertionError(code + " is not in " + error.getBodyMessage());
      return;
    }
    throw new AssertionError("it was taken");
  }

  public static void main(String[] words) throws Exception {
    JavaScenarios scenarios = new JavaScenarios(words[0], words[1]);
    for (String name : Arrays.copyOfRange(words, 2, words.length)) {
      Method scenario = JavaScenarios.class.getMethod(name);
      String outcome = "ok";
      try {
        scenario.invoke(scenarios);
      } catch (InvocationTargetException thrown) {
        StringWriter text = new StringWriter();
        thrown.getCause().printStackTrace(new PrintWriter(text));
        outcome = text.toString().replace("\n", " | ");
      }
      System.out.println(name + "\t" + outcome);
    }
    scenarios.client.close();
  }
}
