// The other rooms, answered from a scenario.
import { filesOf } from './answers-files.mjs';
import { DAY, START, iso, random, served } from './story.mjs';
import { decision } from './answers-loop.mjs';
import { sha } from './fixtures.mjs';

const page = (rows) => ({ rows, total: rows.length, cursor: null });
const live = (L) => served.filter((s) => s.from <= L.now);
const hex = (seed) => Array.from({ length: 64 }, (_, i) => '0123456789abcdef'[Math.floor(random(seed * 99 + i)() * 16)]).join('');

export function models(L) {
  if (!L.days) return page([]);
  const v = live(L).at(-1).version;
  return page([{ ...L.model, champion: L.version(v), candidate: null, endpoints: [L.endpoint], versions_total: L.days > 40 ? 5 : 1, changed_at: iso(live(L).at(-1).from) }]);
}

function versionRow(L, n) {
  const s = served.find((x) => x.version === String(n));
  const champion = live(L).at(-1).version === String(n);
  return { ...L.version(n), version: String(n), status: !s ? 'crit' : champion ? 'ok' : 'wait', state: !s ? 'refused' : champion ? 'champion' : `served from ${new Date(s.from).toUTCString().slice(5, 11)}`, aliases: champion ? ['champion'] : [], created_at: iso(s ? s.from - 3_600_000 : Date.UTC(2001, 4, 11)), run: L.link('run', `step-train-${n}`, `/r/run_${n}`), gates: s ? ['pass', 'pass', 'pass', 'pass', 'pass'] : ['fail', 'pass', 'pass', 'pass', 'pass'], metrics: { auc: s?.auc ?? 0.829, log_loss: 0.351 - n * 0.004, ece: 0.025 + n * 0.001 } };
}

export function model(L) {
  const all = L.days > 40 ? [5, 4, 3, 2, 1] : [1];
  const bars = live(L).map((s, i, list) => ({ lane: 'champion', version: s.version, from: iso(s.from), to: list[i + 1] ? iso(list[i + 1].from) : null, status: 'ok' }));
  const canary = live(L).slice(1).map((s) => ({ lane: 'canary@flights-late', version: s.version, from: iso(s.from - DAY), to: iso(s.from), status: 'canary' }));
  return { ...models(L).rows[0], versions: all.map((n) => versionRow(L, n)), served: [...bars, ...canary] };
}

export function version(L, q, v) {
  const row = versionRow(L, Number(v.v));
  const gates = decision({ ...L, decisions: L.decisions }, L.decisions.find((d) => d.candidate?.name === `v${v.v}` && (d.verdict === 'gate' || d.verdict === 'refuse'))?.id ?? 'de_03');
  return {
    ...row, model: L.model, decision: gates ? L.decision(gates.id) : null, versus: Number(v.v) > 1 ? L.version(Number(v.v) - 1) : null, checks: gates?.checks ?? [],
    origin: [L.commit('4be1c07'), L.run('pr_7c2k'), row.run, row], used_by: [L.endpoint, L.monitor],
    training: { commit: L.commit('4be1c07'), from: '2001-03-24T00:00:00Z', to: '2001-04-07T00:00:00Z', rows: 230_114 },
    signature: [['origin', 'input', 'string'], ['destination', 'input', 'string'], ['distance', 'input', 'float'], ['dep_min', 'input', 'float'], ['dow', 'input', 'float'], ['p_late', 'output', 'float'], ['slot_density', 'output', 'float']].map(([name, role, type]) => ({ name, role, type })),
    files: [['model.onnx', 5_392_338], ['MLmodel', 812], ['signature.json', 1204]].map(([path, bytes], i) => ({ path, bytes, sha256: hex(i + 3) })),
    history: L.flags.filter((f) => f.text.includes(`v${v.v}`)),
  };
}

const route = (L, n, weight, role = 'primary') => ({ version: L.version(n), role, weight, rows: Math.round(1_954_726 * (weight || 0.02)), errors: weight ? 0 : 3, latency_p50_ms: 1.4, latency_p95_ms: 3.1, latency_p99_ms: 6.2 });

export function endpoints(L) {
  if (!L.days) return page([]);
  const v = live(L).at(-1).version;
  return page([{ ...L.endpoint, status: 'ok', sentence: `v${v} serves all traffic.`, model: L.model, routes: [route(L, v, 1)], revision: 11, revised_at: iso(live(L).at(-1).from), rows_total: 1_954_726, spark: L.list.slice(-24).map((d) => d.rows), spark_label: 'rows a day' }]);
}

export function endpoint(L) {
  const row = endpoints(L).rows[0];
  return {
    ...row, sentence: 'v5 at 10 %, undecided: 1,204 of 4,000 rows.', status: 'canary', routes: [route(L, 4, 0.9), route(L, 5, 0.1), route(L, 1, 0, 'shadow')],
    rollout: { candidate: L.version(5), champion: L.version(4), stage: 'canary 10 %', stages: ['shadow', 'canary 10 %', 'canary 50 %', 'all traffic', 'watch'], index: 1, rows: 1204, rows_needed: 4000, held: false, decision: L.decision('de_24'),
      checks: [
        { name: 'error share', group: 'live', verdict: 'pass', value: 0, champion: 0, candidate: 0, limit: 0.01, comparison: '<=', unit: 'share', n: 1204, interval: { low: 0, high: 0.003, level: 0.95 }, text: '', evidence: null },
        { name: 'latency ratio, p99', group: 'live', verdict: 'undecided', value: 1.14, champion: 6.1, candidate: 6.9, limit: 2, comparison: '<=', unit: 'none', n: 1204, interval: { low: 0.9, high: 2.2, level: 0.95 }, text: 'Undecided until 4,000 rows.', evidence: null },
      ] },
    refused: [{ reason: 'unknown category in origin', requests: 41, rows: 58 }, { reason: 'unknown category in destination', requests: 37, rows: 49 }],
    revisions: L.flags.filter((f) => f.kind === 'deploy'), scoring_url: 'http://127.0.0.1:7070/endpoints/flights-late/invocations', example: `curl http://127.0.0.1:7070/endpoints/flights-late/invocations -H 'content-type: application/json' -d '{"dataframe_records":[{"origin":"ORD","destination":"SFO","distance":1846,"dep_min":600,"dow":1}]}'`,
    can: [['hold', true], ['advance', true], ['rollback', true]].map(([verb, allowed]) => ({ verb, allowed, why: '' })),
  };
}

export function endpointMetrics(L, q) {
  const list = L.list.filter((d) => (!q.from || d.at >= Date.parse(q.from)) && (!q.to || d.at < Date.parse(q.to)));
  const rng = random(5);
  return {
    from: iso(list[0]?.at ?? START), bucket_ms: DAY, buckets: list.length, flags: L.flags.filter((f) => f.kind === 'deploy' || f.kind === 'alert'),
    versions: live(L).map((s) => {
      const mine = (d) => d.version === s.version;
      return { version: L.version(s.version), role: 'primary', requests: list.map((d) => (mine(d) ? 17 : 0)), rows: list.map((d) => (mine(d) ? d.rows : 0)), errors: list.map((d) => (mine(d) ? d.refused : 0)), latency_p50_ms: list.map((d) => (mine(d) ? 1.2 + rng() : null)), latency_p95_ms: list.map((d) => (mine(d) ? 2.6 + rng() : null)), latency_p99_ms: list.map((d) => (mine(d) ? 5 + rng() * 3 : null)) };
    }),
  };
}

function runRow(L, i, at, state = 'succeeded') {
  return { ...L.run(`pr_${i}k2`), id: `pr_${i}k2`, pipeline: 'train', status: state === 'failed' ? 'crit' : state === 'running' ? 'run' : 'ok', state, trigger: i === 1 ? 'by policy retrain-on-drift: bootstrap' : 'by policy retrain-on-drift', started_at: iso(at), duration_ms: 11_000 + i * 900, steps_done: state === 'failed' ? 1 : 3, steps_total: 3, versions: state === 'succeeded' ? [L.version(i)] : [] };
}

export function pipelineRuns(L) {
  if (!L.days) return page([]);
  const rows = live(L).map((s) => runRow(L, Number(s.version), s.from - 3_600_000));
  if (L.days > 60) rows.push({ ...runRow(L, 3, Date.UTC(2001, 4, 11)) }, { ...runRow(L, 9, Date.UTC(2001, 4, 10), 'failed') });
  return page(rows.sort((a, b) => (a.started_at < b.started_at ? 1 : -1)));
}

export function pipelines(L) {
  const runs = pipelineRuns(L).rows;
  return L.days ? page([{ ...L.pipeline, trigger: 'by policy retrain-on-drift', recent: [...runs].reverse().map((r) => ({ url: r.url, name: r.name, status: r.status, duration_ms: r.duration_ms })), runs_total: runs.length, success_share: 0.83, duration_p50_ms: 12_400, next_at: null, parameters: { train_days: '45' } }]) : page([]);
}

export function pipelineRun(L, q, v) {
  const failed = v.r === 'pr_9k2';
  const step = (name, status, state, offset, took, extra = {}) => ({ name, status, state, attempt: 1, attempts: 2, exit: '', cause: '', command: `python ${name}.py`, waited_ms: 120, offset_ms: offset, duration_ms: took, cpu_ms: took ? took * 1.6 : null, memory_bytes: 612_000_000, log_bytes: 4096, run: L.link('run', `step-${name}`, '/r/run_5'), inputs: [], outputs: [], ...extra });
  return {
    ...runRow(L, failed ? 9 : 5, Date.UTC(2001, 5, 18), failed ? 'failed' : 'succeeded'), commit: L.commit('4be1c07'), parameters: { as_of: '2001-06-18', train_days: '14', gate_days: '2', seed: '1' }, cause: failed ? 'train failed: exit 1, ValueError: no labelled rows in the window' : '',
    steps: [
      step('prepare', 'ok', 'succeeded', 40, 2900, { inputs: [{ name: 'flights', from: 'flights@4be1c07/flights/', bytes: 7_340_120, sha256: hex(1) }, { name: 'labels', from: 'flights@4be1c07/labels/', bytes: 1_204_331, sha256: hex(2) }], outputs: [{ name: 'table', from: '', bytes: 4_102_991, sha256: hex(4) }] }),
      step('profile', 'ok', 'cached', null, null), 
      step('train', failed ? 'crit' : 'ok', failed ? 'failed' : 'succeeded', 3100, 7200, failed ? { exit: 'exit 1', cause: 'ValueError: no labelled rows in the window', attempt: 2 } : {}),
      step('evaluate', failed ? 'none' : 'ok', failed ? 'skipped' : 'succeeded', failed ? null : 10_400, failed ? null : 2100),
    ],
    edges: [{ from: 'prepare', to: 'train', artefact: 'table' }, { from: 'prepare', to: 'profile', artefact: 'table' }, { from: 'profile', to: 'evaluate', artefact: 'tables' }, { from: 'train', to: 'evaluate', artefact: 'model' }],
    can: [{ verb: 'stop', allowed: false, why: 'It has ended.' }],
  };
}

export function stepLog(L, q) {
  const text = Array.from({ length: 600 }, (_, i) => `00:00:${String(i % 60).padStart(2, '0')}.120 INFO  round ${i} binary_logloss ${(0.34 + 0.2 * Math.exp(-i / 90)).toFixed(5)}${i === 411 ? '\n00:00:51.002 WARN  3 routes have fewer than 5 flights' : ''}`).join('\n') + '\n00:01:02.004 ERROR no labelled rows in the window\n';
  const from = Number(q.offset ?? 0) < 0 ? Math.max(0, text.length + Number(q.offset)) : Number(q.offset ?? 0);
  return { text: text.slice(from), offset: from, next_offset: text.length, total_bytes: text.length, done: true };
}

export function repos(L) {
  return L.days ? page([{ ...L.link('repo', 'flights', '/data/flights', 'flights'), description: '', branches: ['main'], tags: ['backlog'], head: L.commit(sha(L.list.at(-1).at)), commits: L.days + 9, objects: L.days * 2 + 18, bytes: 21_400_112, changed_at: iso(L.now - 3_600_000) }]) : page([]);
}

export function commits(L) {
  return page([...L.list].reverse().map((d, i) => ({ ...L.commit(sha(d.at)), id: sha(d.at), parent: null, message: `flights of ${iso(d.at).slice(0, 10)}, labels of two days before`, author: 'gyre demo', at: iso(d.at + DAY - 3_600_000), added: 2, changed: 0, removed: 0, rows: d.rows, bytes: 91_230, branches: i === 0 ? ['main'] : [], tags: [], metadata: {}, trained: served.some((s) => s.from === d.at) && d.version ? [L.version(d.version)] : [] })));
}

export function tree(L, q) {
  const at = L.commit(q.ref ?? sha(L.list.at(-1)?.at ?? 0));
  const rows = q.path
    ? L.list.slice(-30).map((d) => ({ name: `${iso(d.at).slice(0, 10)}.parquet`, path: `${q.path}/${iso(d.at).slice(0, 10)}.parquet`, folder: false, bytes: 88_120, objects: 1, rows: d.rows, sha256: hex(d.rows) }))
    : [{ name: 'flights', path: 'flights', folder: true, bytes: 17_100_000, objects: L.days, rows: null, sha256: '' }, { name: 'labels', path: 'labels', folder: true, bytes: 4_300_112, objects: L.days, rows: null, sha256: '' }, { name: 'README.md', path: 'README.md', folder: false, bytes: 912, objects: 1, rows: null, sha256: hex(7) }];
  return { commit: at, path: q.path ?? '', ...page(rows) };
}

export function preview(L, q) {
  if (q.path.endsWith('.md')) return { path: q.path, format: 'text', bytes: 912, total_rows: null, columns: [], rows: [], text: 'Flights of 2001.\nSource: U.S. Bureau of Transportation Statistics.\n' };
  const air = ['ORD', 'DFW', 'ATL', 'LAX', 'PHX', 'STL'];
  return { path: q.path, format: 'parquet', bytes: 88_120, total_rows: 16_204, columns: [['flight_id', 'BIGINT'], ['origin', 'VARCHAR'], ['destination', 'VARCHAR'], ['distance', 'FLOAT'], ['dep_min', 'FLOAT'], ['dow', 'FLOAT']].map(([name, type]) => ({ name, type })), rows: Array.from({ length: 50 }, (_, i) => [String(1_204_000 + i), air[i % 6], air[(i + 2) % 6], String(300 + i * 17), String(360 + i * 7), i === 4 ? null : '1']), text: '' };
}

const experiment = (L) => L.link('experiment', 'flights-late', '/e/1');
function trackedRun(L, n) {
  return { ...L.link('run', `step-train-${n}`, `/r/run_${n}`), id: `run_${n}`, experiment: experiment(L), status: n === 9 ? 'crit' : 'ok', state: n === 9 ? 'failed' : 'finished', started_at: iso(START + n * 20 * DAY), ended_at: iso(START + n * 20 * DAY + 12_000), metrics: n === 9 ? {} : { auc: 0.83 + n * 0.004, log_loss: 0.36 - n * 0.003, rows: 230_114, nan_metric: n === 2 ? 'NaN' : 0.1 }, params: { train_days: n === 1 ? '45' : '14', num_leaves: '31', learning_rate: '0.1', as_of: iso(START + n * 20 * DAY).slice(0, 10) } };
}
export const experiments = (L) => (L.days ? page([{ ...experiment(L), id: '1', runs_total: 46, running: 0, last_at: iso(L.now - 11 * DAY) }]) : page([]));
export const runs = (L) => page(L.days ? [9, 5, 4, 3, 2, 1].map((n) => trackedRun(L, n)) : []);
export function run(L, q, v) {
  const keys = ['train/binary_logloss', 'valid/binary_logloss', 'valid/auc'];
  return { ...trackedRun(L, Number(v.u.replace(/\D/g, '')) || 5), user: 'gyre', deleted: v.u === 'run_20', tags: { 'gyre.pipeline_run': 'pr_5k2', 'mlflow.source.name': 'train.py' }, origin: [L.commit('4be1c07'), L.run('pr_5k2'), L.version(5)], keys: keys.map((key) => ({ key, points: 80, last: 0.34, last_step: 79, min: 0.33, max: 0.6 })), files: filesOf() };
}
export function series() {
  const x = Array.from({ length: 80 }, (_, i) => i);
  const one = (key, f) => ({ key, last: x.map((i) => (i === 30 && key === 'valid/auc' ? null : Number(f(i).toFixed(5)))), min: x.map((i) => f(i) - 0.004), max: x.map((i) => f(i) + 0.004), count: x.map(() => 1) });
  return { rev: '1', exact: true, x, series: [one('train/binary_logloss', (i) => 0.33 + 0.22 * Math.exp(-i / 14)), one('valid/binary_logloss', (i) => 0.35 + 0.2 * Math.exp(-i / 12)), one('valid/auc', (i) => 0.85 - 0.12 * Math.exp(-i / 10))] };
}

export function lineage(L) {
  const nodes = [[L.commit('4be1c07'), -2, 'ok', '16,204 rows'], [L.link('commit', '77aa031', '/data/flights?ref=77aa031', 'flights@77aa031'), -2, 'ok', 'labels'], [L.run('pr_5k2'), -1, 'ok', '13 s'], [L.version(5), 0, 'ok', 'champion'], [L.endpoint, 1, 'ok', 'all traffic'], [L.decision('de_24'), 1, 'ok', '5 of 5 gates'], [L.monitor, 2, 'ok', 'quiet']].map(([link, hops, status, detail]) => ({ urn: `gyre:default:${link.ref}`, link, status, detail, at: iso(L.now - 11 * DAY), hops, more_up: hops === -2 ? 3 : 0, more_down: 0 }));
  const pair = (a, b) => ({ from: nodes[a].urn, to: nodes[b].urn, relation: 'used', at: null });
  return { focus: nodes[3].urn, sentence: 'v5 was trained on 2 commits; one also fed v4. It touches 1 endpoint.', nodes, edges: [pair(0, 2), pair(1, 2), pair(2, 3), pair(3, 4), pair(3, 5), pair(4, 6)] };
}

export function search(L, q) {
  const all = [[L.model, 'model'], [L.version(5), 'champion'], [L.endpoint, 'endpoint'], [L.monitor, 'monitor'], [L.policy(), 'policy'], [L.commit('4be1c07'), 'commit']];
  return { rows: all.filter(([l]) => l.ref.includes(q.q) || l.name.includes(q.q)).map(([link, detail]) => ({ link, status: 'none', detail, at: null })) };
}
