// Home, monitor and policy, answered from a scenario.
import { DAY, START, iso, random, served } from './story.mjs';
import { sha } from './fixtures.mjs';

const LIMIT = 0.06;
const tail = (list, pick) => list.slice(-24).map(pick);
const page = (rows) => ({ rows, total: rows.length, cursor: null });
const round = (v, d = 4) => Number(v.toFixed(d));
const FEATURES = [
  ['slot_density', 'output', 'number', 0.41], ['p_late', 'output', 'number', null], ['origin', 'input', 'category', 0.12], ['dep_min', 'input', 'number', 0.31],
  ['destination', 'input', 'category', 0.1], ['dow', 'input', 'number', 0.02], ['distance', 'input', 'number', 0.04],
];

export function clock(L) {
  return { now: iso(L.now), kind: 'virtual', version: '0.1.0' };
}

export function loop(L) {
  const empty = L.days === 0;
  const open = L.alerts.filter((a) => a.state === 'open');
  const last = L.list.at(-1);
  const station = (station, status, headline, reference, detail, note, at, spark, spark_label, url, waits_for = '') => ({ station, status, headline, reference, detail, note, at: iso(at), waits_for, spark, spark_label, url: L.p + url });
  const setup = [
    ['data', 'Commit data', 'gyre repo put flights ./data -m "first rows"'], ['train', 'Run a pipeline', 'gyre pipe create -f gyre.yaml && gyre pipe start train'],
    ['model', 'Register a model', 'gyre model ls'], ['serve', 'Serve it', 'gyre endpoint create flights-late --model flights-late@champion'], ['monitor', 'Watch it', 'gyre monitor create -f gyre.yaml'],
  ].map(([station, text, command]) => ({ station, text, command, done: !empty }));
  const base = { project: L.project, at: iso(L.now), setup, monitor: empty ? null : L.monitor };
  if (empty)
    return { ...base, status: 'none', headline: 'Nothing runs yet. Five commands close the loop.', lap: { last_ms: null, median_ms: null, count: 0, url: `${L.p}/policies` }, policy: null, edges: [],
      stations: [['data', '/data'], ['train', '/pipelines'], ['model', '/models'], ['serve', '/endpoints'], ['monitor', '/monitors']].map(([s, u]) => station(s, 'none', 'none yet', false, '', '', null, [], '', u)) };
  const v = last.version;
  return {
    ...base, status: open.length ? 'warn' : 'ok',
    headline: open.length ? 'The timetable moved; the policy waits for labels.' : 'Every model is healthy; the loop closed three times.',
    lap: { last_ms: open.length ? null : 9 * DAY, median_ms: open.length ? null : 9.2 * DAY, count: open.length ? 0 : 3, url: `${L.p}/policies/retrain-on-drift` },
    stations: [
      station('data', 'ok', `main@${sha(last.at)}`, true, `+${last.rows.toLocaleString('en')} rows`, '', L.now - 3_600_000, tail(L.list, (d) => d.rows), 'rows a day', '/data/flights'),
      station('train', 'ok', `${v} trained`, false, 'best AUC .8514', '', on(v), tail(L.list, (d, i) => 0.85 - 0.02 * Math.exp(-i / 6)), 'AUC by round', '/pipelines/train'),
      station('model', 'ok', `v${v} champion`, false, '5 of 5 gates', '', on(v), tail(L.list, (d) => d.auc), 'AUC of the champion', `/models/flights-late/v/${v}`),
      station('serve', 'ok', `${(last.rows / 1000).toFixed(1)}k rows a day`, false, 'p95 3.1 ms · 0 errors', 'live', L.now, tail(L.list, (d) => d.rows - d.refused * 900), 'rows a day', '/endpoints/flights-late'),
      station('monitor', open.length ? 'warn' : 'ok', `off-time .${String(Math.round(last.share * 1000)).padStart(3, '0')}`, false, 'labels 98 % in', '', L.now - 60_000, tail(L.list, (d) => d.share), 'share off timetable', '/monitors/flights-late', open.length ? 'waits for 5 labelled days' : ''),
    ],
    edges: [
      { from: 'data', to: 'train', artefact: L.commit(sha(on(v))), at: iso(on(v)), count: 1 },
      { from: 'train', to: 'model', artefact: L.run('pr_7c2k'), at: iso(on(v)), count: 0 },
      { from: 'model', to: 'serve', artefact: L.version(v), at: iso(on(v)), count: 0 },
      { from: 'serve', to: 'monitor', artefact: L.link('window', '29 Jun', '/monitors/flights-late'), at: iso(L.now - 60_000), count: 24 },
      { from: 'monitor', to: 'data', artefact: L.alerts[0] ? L.alert(L.alerts[0].id) : null, at: L.alerts[0]?.opened_at ?? null, count: open.length },
    ],
    policy: { policy: L.policy(), status: open.length ? 'run' : 'ok', text: open.length ? 'waits for 5 more labelled days after 1 Apr' : `off-timetable .${String(Math.round(last.share * 1000)).padStart(3, '0')} of .060`, next_check_at: iso(L.now + 48 * 60_000) },
  };
}

function on(version) {
  return served.find((s) => s.version === version).from;
}

export function inbox(L) {
  const rows = L.alerts.filter((a) => a.state === 'open').map((a) => ({ id: a.id, status: a.severity === 'warn' ? 'warn' : 'crit', text: `${a.rule} ${String(a.value).replace('0.', '.')} ${a.direction === 'above' ? 'over' : 'under'} ${String(a.limit).replace('0.', '.')}`, at: a.opened_at, link: L.alert(a.id), action: 'Open' }));
  if (L.project === 'many') for (let i = 0; i < 23; i++) rows.push({ id: `in_m${i}`, status: ['crit', 'warn', 'canary'][i % 3], text: `pipeline nightly-training-of-the-northern-hemisphere-model-with-a-long-name failed at step join, attempt ${i + 1}`, at: iso(L.now - i * 7 * 3_600_000), link: L.run('pr_7c2k'), action: 'Logs' });
  if (L.days > 40) rows.push({ id: 'in_1', status: 'canary', text: 'weekly-probe proposes v6, gates 3 of 5', at: iso(L.now - 3 * 3_600_000), link: L.version(6), action: 'Review' });
  return page(rows);
}

export const timeline = (L, q) => page(L.flags.slice(0, Number(q.limit ?? 50)));

export function monitor(L) {
  const last = L.list.at(-1);
  const open = (rule) => L.alerts.find((a) => a.rule === rule && a.state === 'open');
  const rule = (name, text, column, metric, direction, limit, clear, severity, unit, value) => {
    const alert = open(name);
    return { name, text, column, metric, direction, limit, clear, severity, min_rows: 5000, unit, state: L.days ? (alert ? 'open' : 'ok') : 'nodata', value: L.days ? value : null, n: L.days ? last.rows : null, at: last ? iso(last.at) : null, since: alert?.onset ?? null, alert: alert ? L.alert(alert.id) : null };
  };
  const row = monitors(L).rows[0];
  return {
    ...row, window_ms: DAY, prediction: 'p_late', label: 'late',
    reference: L.days ? { version: L.version(last.version), rows: 112_304, from: '2001-02-25T00:00:00Z', to: '2001-03-04T00:00:00Z' } : null,
    labels: { predictions: L.list.reduce((s, d) => s + d.rows, 0), labelled: L.list.slice(0, -2).reduce((s, d) => s + d.rows, 0), labelled_through: L.days ? iso(L.now - 2 * DAY) : null, delay_p50_ms: L.days ? 31 * 3_600_000 : null },
    range: { from: L.days ? iso(START) : null, to: L.days ? iso(L.now) : null },
    rules: [
      rule('off-timetable', 'share of slot_density = 0 above .060, 1 of 1 windows', 'slot_density', 'share', 'above', LIMIT, 0.05, 'warn', 'share', round(last?.share ?? 0)),
      rule('skill', 'skill below .15, 1 of 1 windows', null, 'skill', 'below', 0.15, 0.18, 'critical', 'none', last ? round(0.27 - (0.85 - last.auc) * 3.4) : null),
      rule('auc', 'AUC below .80, 1 of 1 windows', null, 'auc', 'below', 0.8, 0.81, 'critical', 'none', last ? round(last.auc) : null),
    ],
    setup: [['A reference: a held-out week, scored by the model', 'gyre model show flights-late@champion'], ['Predictions through the endpoint', 'curl http://127.0.0.1:7070/endpoints/flights-late/invocations -d @rows.json'], ['Labels by id', 'gyre monitor label flights-late labels.parquet']].map(([text, command]) => ({ text, command, done: L.days > 0 })),
  };
}

export function monitors(L) {
  const open = L.alerts.filter((a) => a.state === 'open');
  return page([{ ...L.monitor, status: L.days ? (open.length ? 'warn' : 'ok') : 'none', sentence: L.days ? (open.length ? 'Off the timetable since 1 Apr: .096 of rows, limit .060.' : 'All three rules are quiet.') : 'Waits for its first predictions.', endpoint: L.endpoint, coverage: L.days ? 0.983 : null, last_window_at: L.days ? iso(L.now - DAY) : null, spark: tail(L.list, (d) => d.share), spark_label: 'share off timetable' }]);
}

const within = (L, q) => L.list.filter((d) => (!q.from || d.at >= Date.parse(q.from)) && (!q.to || d.at < Date.parse(q.to)));
const windows = (L, q) => within(L, q).map((d) => ({ from: iso(d.at), to: iso(d.at + DAY), closed: true, rows: d.rows, version: d.version }));
const flagsIn = (L, q) => L.flags.filter((f) => (!q.from || f.at >= q.from) && (!q.to || f.at < q.to));

export function drift(L, q) {
  const list = within(L, q);
  const level = (v, limit, bad) => (v > limit ? bad : 'ok');
  const gap = (name, d) => name === 'destination' && d.at >= Date.UTC(2001, 4, 20) && d.at < Date.UTC(2001, 4, 23);
  const signal = (rule, column, metric, unit, direction, limit, clear, pick, bad, late = 0) => ({ rule, column, metric, unit, direction, limit, clear, values: list.map((d, i) => (L.now - d.at <= late * DAY ? null : round(pick(d, i)))), n: list.map((d) => d.rows), levels: list.map((d) => (L.now - d.at <= late * DAY ? 'nodata' : (direction === 'above' ? pick(d) > limit : pick(d) < limit) ? bad : 'ok')) });
  return {
    metric: q.metric ?? 'js', windows: windows(L, q), scale_max: 0.2,
    features: FEATURES.map(([name, role, type, importance]) => ({ name, role, type, importance, values: list.map((d) => (gap(name, d) ? null : round(d.js[name]))), n: list.map((d) => (gap(name, d) ? 0 : d.rows)), levels: list.map((d) => (gap(name, d) ? 'nodata' : name === 'slot_density' ? level(d.share, LIMIT, d.share > 0.085 ? 'crit' : 'warn') : 'ok')) })),
    signals: [signal('off-timetable', 'slot_density', 'share', 'share', 'above', LIMIT, 0.05, (d) => d.share, 'warn'), signal('skill', null, 'skill', 'none', 'below', 0.15, 0.18, (d) => 0.27 - (0.85 - d.auc) * 3.4, 'crit', 2), signal('auc', null, 'auc', 'none', 'below', 0.8, 0.81, (d) => d.auc, 'crit', 2)],
    flags: flagsIn(L, q),
  };
}

// Sixty columns with names that differ only at their end.
export function manyFeatures(L, map) {
  const rng = random(9);
  const base = map.features.at(-1);
  const more = Array.from({ length: 53 }, (_, i) => ({ ...base, name: `customer_profile_embedding_from_upstream_feature_store_v2_dimension_${String(i).padStart(3, '0')}`, importance: round(0.2 * rng() ** 6), values: base.values.map((v) => round((v ?? 0) * (1 + 9 * rng() ** 3))) }));
  return L.project === 'many' ? { ...map, features: [...map.features, ...more] } : map;
}

export function distribution(L, q, feature) {
  const list = within(L, q);
  const [, , type] = FEATURES.find((f) => f[0] === feature) ?? [null, null, 'number'];
  const rng = random(feature.length * 77);
  const moved = list.length ? list.reduce((s, d) => s + (d.js[feature] ?? 0.01), 0) / list.length : 0;
  const names = ['ORD', 'DFW', 'ATL', 'LAX', 'PHX', 'STL', 'DTW', 'MSP', 'LAS', 'DEN', 'other'];
  const count = type === 'category' ? names.length : 20;
  const raw = Array.from({ length: count }, (_, i) => (type === 'category' ? [0.055, 0.052, 0.042, 0.038, 0.031, 0.027, 0.025, 0.023, 0.022, 0.022, 0.663][i] : feature === 'slot_density' && i === 0 ? 0.03 : Math.exp(-((i - 8) ** 2) / 30) * (0.7 + rng() * 0.4)));
  const sum = raw.reduce((a, b) => a + b, 0);
  const now = raw.map((v, i) => v * (1 + (i === 0 && feature === 'slot_density' ? moved * 26 : (rng() - 0.5) * (0.1 + moved * 3))));
  const sumNow = now.reduce((a, b) => a + b, 0);
  const n = list.reduce((s, d) => s + d.rows, 0);
  const moments = (rows, mean) => ({ n: rows, missing: 0, mean: type === 'category' ? null : mean, sd: type === 'category' ? null : 3.2, min: type === 'category' ? null : 0, max: type === 'category' ? null : 19, distinct: type === 'category' ? 226 : null });
  return {
    feature, type, from: q.from ?? iso(START), to: q.to ?? iso(L.now), version: L.version(list.at(-1)?.version ?? 1), other_rows: q.from ? 0 : Math.round(n * 0.6), reference: moments(112_304, 7.81), current: moments(n, 7.81 - moved * 4),
    bins: raw.map((v, i) => ({ label: type === 'category' ? names[i] : '', low: type === 'category' ? null : i, high: type === 'category' ? null : i + 1, reference: round(v / sum), current: round(now[i] / sumNow) })),
    measures: [['js', '', moved], ['psi', '', moved ** 2 * 4], ['ks', '', moved * 0.6], ['share', feature === 'slot_density' ? '0' : '', moved * 0.5 + 0.02], ['missing', '', 0], ['out_of_range', '', 0.0004]].map(([metric, of, value]) => ({ metric, of, value: round(value), n, level: metric === 'share' && value > LIMIT ? 'warn' : 'ok' })),
  };
}

export function performance(L, q) {
  const list = within(L, q);
  const metric = q.metric ?? 'auc';
  const as = { auc: (v) => v, skill: (v) => 0.27 - (0.85 - v) * 3.4, log_loss: (v) => 0.34 + (0.85 - v) * 2.6, brier: (v) => 0.11 + (0.85 - v) * 0.7, ece: (v) => 0.03 + (0.85 - v) * 1.2 }[metric];
  const labelled = (d) => L.now - d.at > 2 * DAY;
  const one = (version, role, mine, pick, est) => ({
    version: L.version(version), role, realised: list.map((d) => (mine(d) && labelled(d) ? round(as(pick(d))) : null)), realised_low: list.map((d) => (mine(d) && labelled(d) ? round(as(pick(d) - 0.006)) : null)), realised_high: list.map((d) => (mine(d) && labelled(d) ? round(as(pick(d) + 0.006)) : null)),
    estimated: list.map((d) => (mine(d) && est ? round(as(d.estimated)) : null)), labelled: list.map((d) => (mine(d) && labelled(d) ? d.rows : 0)), complete: list.map((d) => labelled(d)),
  });
  const versions = [...new Set(list.map((d) => d.version))].map((v) => one(v, 'primary', (d) => d.version === v, (d) => d.auc, true));
  if (list.some((d) => d.version !== '1')) versions.push(one('1', 'counterfactual', (d) => d.version !== '1', (d) => d.neverAuc, false));
  return {
    metric, higher_is_better: metric === 'auc' || metric === 'skill', windows: windows(L, q), coverage: list.map((d) => (labelled(d) ? 1 : L.now - d.at > DAY ? 0.62 : 0)), versions,
    limits: metric === 'auc' ? [{ rule: 'auc', value: 0.8, direction: 'below', severity: 'critical' }] : metric === 'skill' ? [{ rule: 'skill', value: 0.15, direction: 'below', severity: 'critical' }] : [],
    flags: flagsIn(L, q), sentence: list.length ? 'Realised AUC fell from .849 to .791 on 1 Apr; the estimate did not see it.' : '',
  };
}

export const alertsList = (L, q) => page(L.alerts.filter((a) => !q.state || a.state === q.state));

function theCase(L) {
  const open = L.alerts.some((a) => a.state === 'open');
  return open
    ? { id: 'ca_2', state: 'waiting', status: 'run', trigger: 'alert off-timetable', opened_at: '2001-04-02T00:00:00Z', closed_at: null, onset: '2001-04-01T00:00:00Z', alert: L.alert('al_01'), pipeline_run: null, candidate: null, champion: L.version(1) }
    : { id: 'ca_5', state: 'promoted', status: 'ok', trigger: 'alert off-timetable', opened_at: '2001-06-11T00:00:00Z', closed_at: '2001-06-22T00:00:00Z', onset: '2001-06-10T00:00:00Z', alert: L.alert('al_05'), pipeline_run: L.run('pr_7c2k'), candidate: L.version(5), champion: L.version(4) };
}

export function policies(L) {
  if (!L.days) return page([]);
  const count = (v) => L.decisions.filter((d) => d.verdict === v).length;
  const open = L.alerts.some((a) => a.state === 'open');
  const row = (name, sentence, counts, status) => ({ ...L.policy(name), status, state: 'on', sentence, model: L.model, endpoint: L.endpoint, pipeline: L.pipeline, next_check_at: iso(L.now + 48 * 60_000), counts });
  return page([
    row('retrain-on-drift', open ? 'Waits for 5 more labelled days after 1 Apr before it retrains.' : 'Quiet: every trigger is below its limit.', { decisions: L.decisions.length, trained: count('train'), promoted: count('promote'), refused: count('refuse'), rolled_back: 0 }, open ? 'run' : 'ok'),
    row('weekly-probe', 'Proposes every Monday and never rolls out.', { decisions: 34, trained: 17, promoted: 0, refused: 13, rolled_back: 0 }, 'ok'),
  ]);
}

export function policy(L, name) {
  const row = policies(L).rows.find((r) => r.name === name) ?? policies(L).rows[0];
  const m = monitor(L);
  const open = L.alerts.some((a) => a.state === 'open');
  const alertClause = (r) => ({ kind: 'alert', text: `${r.name}: ${r.text.split(',')[0]}`, state: r.state === 'open' ? 'met' : 'not_met', value: r.value, limit: r.limit, comparison: r.direction === 'above' ? '>' : '<', unit: r.unit, fraction: r.direction === 'above' ? Math.min(1, r.value / r.limit) : Math.max(0, Math.min(1, (0.3 - (r.value - r.limit)) / 0.3)), n: r.n, at: r.at, note: r.state === 'open' ? 'open since 1 Apr' : '', link: L.monitor });
  const then = (kinds) => kinds.map(([kind, text, state]) => ({ kind, text, state }));
  return {
    ...row, when: m.rules.map(alertClause),
    guard: [
      { kind: 'wait', text: 'labelled days after the onset', state: open ? 'not_met' : 'met', value: open ? 2 : 7, limit: 7, comparison: '>=', unit: 'days', fraction: open ? 2 / 7 : 1, n: open ? 33_018 : 116_220, at: iso(L.now), note: open ? 'about 9 Apr' : '', link: null },
      { kind: 'cool_down', text: 'since the last retraining', state: 'met', value: open ? 31 : 11, limit: 7, comparison: '>=', unit: 'days', fraction: 1, n: null, at: iso(L.now), note: '', link: null },
      { kind: 'budget', text: 'retrainings in 30 days', state: 'met', value: open ? 1 : 1, limit: 6, comparison: '<=', unit: 'count', fraction: 1 / 6, n: null, at: iso(L.now), note: '5 left', link: null },
    ],
    then: then([['train', 'train@main on the last 14 labelled days', open ? 'next' : 'done'], ['gate', 'log loss gain ≥ .02 and z ≥ 2.58 on ≥ 20,000 paired rows', open ? 'idle' : 'done'], ['shadow', 'shadow, 2,000 rows', open ? 'idle' : 'done'], ['canary', 'canary 10 %, 4,000 rows', open ? 'idle' : 'done'], ['canary', 'canary 50 %, 8,000 rows', open ? 'idle' : 'done'], ['full', 'all traffic', open ? 'idle' : 'done'], ['watch', 'watch 15,000 labelled rows', open ? 'idle' : 'done']]),
    case: theCase(L),
    yaml: 'policies:\n  retrain-on-drift:\n    endpoint: flights-late\n    model: flights-late\n    when: {bootstrap: true, alerts: [off-timetable, skill, auc]}\n    wait: {labelled_days_after_onset: 7}\n    pipeline: train\n    parameters: {train_days: 14, gate_days: 2}\n    cool_down: 7d\n    budget: {runs: 6, per: 30d}\n    gates:\n      paired: {metric: log_loss, min_gain: 0.02, z: 2.58, cluster: 1h, min_rows: 20000}\n',
    can: [{ verb: 'pause', allowed: true, why: '' }, { verb: 'resume', allowed: false, why: 'It is on.' }, { verb: 'fire', allowed: !open, why: open ? 'A case is open.' : '' }],
  };
}

export const decisionsList = (L, q) => page(L.decisions.filter((d) => (!q.from || d.at >= q.from) && (!q.to || d.at < q.to)));

export function decision(L, id) {
  const row = L.decisions.find((d) => d.id === id);
  if (!row) return null;
  const check = (name, group, verdict, value, comparison, limit, unit, n, interval, text, champion = null, candidate = null) => ({ name, group, verdict, value, champion, candidate, limit, comparison, unit, n, interval: interval ? { low: interval[0], high: interval[1], level: 0.95 } : null, text, evidence: row.candidate });
  const refused = row.verdict === 'refuse';
  const checks = row.verdict === 'wait' || row.verdict === 'train'
    ? [check('labelled days after the onset', 'guard', row.verdict === 'wait' ? 'fail' : 'pass', row.verdict === 'wait' ? 1 : 7, '>=', 7, 'days', 16_310, null, 'Labels of a day are usable two days later.'), check('cool-down', 'guard', 'pass', 28, '>=', 7, 'days', null, null, 'The last retraining was 28 days ago.'), check('budget', 'guard', 'pass', 1, '<=', 6, 'count', null, null, 'One of six in thirty days.')]
    : [
        check('log loss gain', 'paired', refused ? 'fail' : 'pass', refused ? 0.017 : 0.121, '>=', 0.02, 'none', 33_104, refused ? [0.008, 0.026] : [0.11, 0.132], `Both versions on the same ${(33104).toLocaleString('en')} rows after the onset, errors clustered by hour.`, 0.512, refused ? 0.495 : 0.391),
        check('z of the gain', 'paired', 'pass', refused ? 3.7 : 21.7, '>=', 2.58, 'none', 48, null, '48 hours as clusters.'),
        check('worst slice, origin = SJU', 'slices', 'pass', -0.004, '>=', -0.02, 'none', 1_204, [-0.015, 0.007], 'No origin with at least 1,000 rows got worse by .02.'),
        check('latency p99, 100 rows', 'latency', 'pass', 1.9, '<=', 50, 'ms', 200, null, 'Measured on this server after warm-up.'),
        check('size of the model', 'size', 'pass', 5_392_338, '<=', 67_108_864, 'bytes', null, null, ''),
        check('rows to train on', 'data', 'pass', 230_114, '>=', 50_000, 'rows', 230_114, null, ''),
      ];
  return { ...row, checks: row.verdict === 'open' ? [checks[0] && check('off-timetable', 'alert', 'fail', 0.0963, '<=', 0.06, 'share', 16_204, [0.0918, 0.1009], 'Share of rows with slot_density = 0 on 1 Apr.', 0.028, 0.0963)] : checks, case: { ...theCase(L), id: row.case_id }, links: [L.alert('al_01'), L.commit('4be1c07'), L.run('pr_7c2k'), L.version(2), L.version(1)], evidence: { clusters: 48, cluster: '1h', rows: 33104, metric: 'log_loss', gain: 0.121, standard_error: 0.0056 } };
}
