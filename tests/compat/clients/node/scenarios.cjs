// What a Node.js program does: scenarios.cjs URL SCENARIO...: a line for each, "name\tok" or "name\t" and what went wrong.
// MLflow's own TypeScript SDK is in no registry that is reached. `theSdksTrace` sends what it sends, call by call; the rest are unmodified packages.
const assert = require('node:assert/strict');
const {trace} = require('@opentelemetry/api');
const {OTLPTraceExporter} = require('@opentelemetry/exporter-trace-otlp-proto');
const {BasicTracerProvider, BatchSpanProcessor} = require('@opentelemetry/sdk-trace-base');
const MLflow = require('mlflow').default ?? require('mlflow');

const [url, ...names] = process.argv.slice(2);
const client = new MLflow({endpoint: url});

async function call(method, path, body) {
  const headers = {'Content-Type': 'application/json'};
  const answer = await fetch(url + path, {method, headers, body: body && JSON.stringify(body)});
  const text = await answer.text();
  assert.equal(answer.status, 200, `${method} ${path}: ${text}`);
  return text ? JSON.parse(text) : {};
}

const scenarios = {
  async runs() {
    const {experiment_id} = await client.Experiments.create({name: 'node'});
    const {run} = await client.Runs.create({experiment_id, user_id: 'ann', start_time: 1700000000123, tags: [{key: 'a', value: '1'}]});
    const {run_id} = run.info;
    await client.Runs.logParameter({run_id, key: 'depth', value: '7'});
    for (const step of [0, 1, 2]) await client.Runs.logMetric({run_id, key: 'loss', value: 1 / (step + 1), timestamp: 1700000000200 + step, step});
    await client.Runs.setTag({run_id, key: 'b', value: 'ü'});
    await client.Runs.deleteTag({run_id, key: 'a'});
    await client.Runs.logBatch({run_id, metrics: [{key: 'auc', value: 0.75, timestamp: 1, step: 0}], params: [{key: 'rate', value: '0.1'}], tags: [{key: 'c', value: '3'}]});
    await client.Runs.update({run_id, status: 'FINISHED', end_time: 1700000001000});
    const read = (await client.Runs.get({run_id})).run;
    assert.deepEqual([read.info.status, read.info.start_time, read.info.end_time], ['FINISHED', 1700000000123, 1700000001000]);
    assert.deepEqual(Object.fromEntries(read.data.params.map(p => [p.key, p.value])), {depth: '7', rate: '0.1'});
    assert.deepEqual(Object.fromEntries(read.data.metrics.map(m => [m.key, m.value])), {loss: 1 / 3, auc: 0.75});
    const tags = Object.fromEntries(read.data.tags.map(t => [t.key, t.value]));
    assert.ok(tags.b === 'ü' && tags.c === '3' && !('a' in tags));
    assert.deepEqual((await client.Metrics.getHistory({run_id, metric_key: 'loss'})).metrics.map(m => m.value), [1, 1 / 2, 1 / 3]);
    await client.Runs.delete({run_id});
    assert.equal((await client.Runs.get({run_id})).run.info.lifecycle_stage, 'deleted');
    await client.Runs.restore({run_id});
    const found = await client.Runs.search({experiment_ids: [experiment_id], filter: "metrics.auc > 0.5 and params.depth = '7'", run_view_type: 'ACTIVE_ONLY', max_results: 10});
    assert.deepEqual(found.runs.map(r => r.info.run_id), [run_id]);
    assert.ok((await client.Artifacts.list({run_id})).root_uri.endsWith(`/${run_id}/artifacts`));
    await assert.rejects(client.Runs.get({run_id: '0'.repeat(32)}), /RESOURCE_DOES_NOT_EXIST/);
    await client.Experiments.update({experiment_id, new_name: 'node renamed'});
    await client.Experiments.delete({experiment_id});
    await client.Experiments.restore({experiment_id});
    assert.equal((await client.Experiments.get({experiment_id})).experiment.name, 'node renamed');
  },

  // Times of spans are nanoseconds, more than a double holds: the SDK writes them as plain numbers all the same.
  async theSdksTrace() {
    const {experiment_id} = await call('POST', '/api/2.0/mlflow/experiments/create', {name: 'node sdk'});
    const id = '0af7651916cd43dd8448eb211c80319c';
    const {trace: {trace_info: info}} = await call('POST', '/api/3.0/mlflow/traces', {trace: {trace_info: {
      trace_id: `tr-${id}`, trace_location: {type: 'MLFLOW_EXPERIMENT', mlflow_experiment: {experiment_id}}, request_preview: '{"q":"why"}', response_preview: '"because"',
      request_time: '2026-06-15T14:07:41.282Z', execution_duration: '0.125s', state: 'OK', trace_metadata: {'mlflow.trace_schema.version': '3',
        'mlflow.trace.tokenUsage': '{"input_tokens":3,"output_tokens":4,"total_tokens":7}'}, tags: {team: 'red'}, assessments: []}}});
    assert.deepEqual([info.trace_id, info.state, info.execution_duration, info.request_time], [`tr-${id}`, 'OK', '0.125s', '2026-06-15T14:07:41.282Z']);
    const location = new URL(info.tags['mlflow.artifactLocation']);
    assert.equal(location.protocol, 'mlflow-artifacts:');
    const base64 = hex => Buffer.from(hex, 'hex').toString('base64');
    const span = (name, span_id, parent, attributes) => ({trace_id: base64(id), span_id: base64(span_id), parent_span_id: parent && base64(parent), name,
      start_time_unix_nano: 'START', end_time_unix_nano: 'END', status: {code: 'STATUS_CODE_OK', message: ''}, attributes: {'mlflow.traceRequestId': `tr-${id}`, ...attributes},
      events: [], links: []});
    const spans = [span('ask', 'b7ad6b7169203331', '', {'mlflow.spanType': 'CHAIN', 'mlflow.spanInputs': {q: 'why'}, 'mlflow.spanOutputs': 'because'}),
                   span('look up', '00f067aa0ba902b7', 'b7ad6b7169203331', {'mlflow.spanType': 'RETRIEVER'})];
    const text = JSON.stringify({spans}).replaceAll('"START"', '1781532461282000001').replaceAll('"END"', '1781532461407000001');
    const path = `${url}/api/2.0/mlflow-artifacts/artifacts${location.pathname}/traces.json`;
    assert.equal((await fetch(path, {method: 'PUT', headers: {'Content-Type': 'application/json'}, body: text})).status, 200);
    assert.equal(await (await fetch(path)).text(), text);
    assert.deepEqual((await call('GET', `/api/3.0/mlflow/traces/tr-${id}`)).trace.trace_info, info);
  },

  async openTelemetry() {
    const {experiment_id} = await call('POST', '/api/2.0/mlflow/experiments/create', {name: 'node otel'});
    const exporter = new OTLPTraceExporter({url: `${url}/v1/traces`, headers: {'x-mlflow-experiment-id': experiment_id}});
    const provider = new BasicTracerProvider({spanProcessors: [new BatchSpanProcessor(exporter)]});
    const tracer = provider.getTracer('node');
    const root = tracer.startSpan('root', {attributes: {'mlflow.spanType': '"CHAIN"', plain: 'yes', count: 3}});
    tracer.startSpan('child', {}, trace.setSpan(require('@opentelemetry/api').ROOT_CONTEXT, root)).end();
    root.addEvent('noted', {x: 1});
    root.end();
    await provider.forceFlush();
    await provider.shutdown();
    const search = {locations: [{type: 'MLFLOW_EXPERIMENT', mlflow_experiment: {experiment_id}}], filter: "span.name = 'child' AND span.status != 'ERROR'"};
    const found = await call('POST', '/api/3.0/mlflow/traces/search', search);
    assert.equal(found.traces.length, 1);
    const read = (await call('GET', `/api/3.0/mlflow/traces/get?trace_id=${found.traces[0].trace_id}`)).trace;
    assert.deepEqual(read.spans.map(s => s.name).sort(), ['child', 'root']);
  },
};

(async () => {
  console.log = () => {};  // the client tells each body
  for (const name of names.length ? names : Object.keys(scenarios)) {
    const outcome = await scenarios[name]().then(() => 'ok', error => String(error.stack ?? error).replaceAll('\n', ' | '));
    process.stdout.write(`${name}\t${outcome}\n`);
  }
})();
