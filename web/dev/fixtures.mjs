// Answers of the contract for one scenario: `default` (the story told to its end), `april` (an alert is open and the policy waits),
// `empty` (a fresh server), `broken` (every read fails).
import { DAY, START, iso, served, story } from './story.mjs';

const LIMIT = 0.06;
const FEATURES = [
  ['slot_density', 'output', 'number', 0.41], ['p_late', 'output', 'number', null], ['origin', 'input', 'category', 0.12],
  ['destination', 'input', 'category', 0.1], ['dep_min', 'input', 'number', 0.31], ['dow', 'input', 'number', 0.02], ['distance', 'input', 'number', 0.04],
];

export function scenario(project) {
  if (project === 'broken') return null;
  const days = project === 'april' ? 31 : project === 'empty' ? 0 : 117;
  const now = START + days * DAY + (days ? 0 : 1);
  const p = `/p/${project}`;
  const link = (kind, name, url, ref = `${kind}:${name}`) => ({ ref, kind, name, url: p + url, rev: '1' });
  const L = {
    project, now, days, p, link,
    version: (n) => link('model-version', `v${n}`, `/models/flights-late/v/${n}`, `flights-late@${n}`),
    model: link('model', 'flights-late', '/models/flights-late', 'flights-late'),
    endpoint: link('endpoint', 'flights-late', '/endpoints/flights-late'),
    monitor: link('monitor', 'flights-late', '/monitors/flights-late'),
    policy: (name = 'retrain-on-drift') => link('policy', name, `/policies/${name}`),
    pipeline: link('pipeline', 'train', '/pipelines/train'),
    decision: (id) => link('decision', id, `/policies/retrain-on-drift/decisions/${id}`),
    alert: (id) => link('alert', id, `/alerts/${id}`),
    commit: (id) => link('commit', id, `/data/flights?ref=${id}`, `flights@${id}`),
    run: (id) => link('pipeline-run', id, `/pipelines/train/runs/${id}`),
    list: story(days),
  };
  L.alerts = alerts(L);
  L.decisions = decisions(L);
  L.flags = flags(L);
  return L;
}

const on = (m, d, h = 0) => Date.UTC(2001, m - 1, d, h);
export const sha = (ms) => ((ms / DAY) * 2654435761 >>> 0).toString(16).padStart(8, '0').slice(0, 7);

function alerts(L) {
  const make = (id, rule, onset, opened, resolved, value, limit, direction, severity, version, unit, answer) => ({
    ...L.alert(id), id, rule, text: rule === 'off-timetable' ? `share of slot_density = 0 above .060` : `daily ${rule} below ${limit}`,
    severity, state: resolved !== null && resolved <= L.now ? 'resolved' : 'open', monitor: L.monitor, version: L.version(version), onset: iso(onset), opened_at: iso(opened),
    resolved_at: resolved !== null && resolved <= L.now ? iso(resolved) : null, value, limit, direction, unit, n: 16_204,
    acknowledged_at: null, acknowledged_by: '', muted_until: null, answer: answer ? L.decision(answer) : null, opened,
  });
  return [
    make('al_01', 'off-timetable', on(4, 1), on(4, 2), on(4, 12), 0.0963, LIMIT, 'above', 'warn', 1, 'share', 'de_07'),
    make('al_02', 'skill', on(4, 1), on(4, 3), on(4, 13), 0.041, 0.15, 'below', 'critical', 1, 'none', 'de_07'),
    make('al_03', 'auc', on(4, 1), on(4, 3), on(4, 13), 0.7906, 0.8, 'below', 'critical', 1, 'none', 'de_07'),
    make('al_04', 'off-timetable', on(5, 3), on(5, 4), on(5, 15), 0.0672, LIMIT, 'above', 'warn', 2, 'share', 'de_15'),
    make('al_05', 'off-timetable', on(6, 10), on(6, 11), on(6, 21), 0.0718, LIMIT, 'above', 'warn', 4, 'share', 'de_22'),
  ].filter((a) => a.opened <= L.now).reverse();
}

function decisions(L) {
  const rows = [];
  const add = (at, verdict, status, text, reason, caseId, candidate = null, passed = 0, checked = 0) =>
    at <= L.now && rows.push({ ...L.decision(`de_${String(rows.length + 1).padStart(2, '0')}`), id: `de_${String(rows.length + 1).padStart(2, '0')}`, at: iso(at), verdict, status, text, reason, case_id: caseId, policy: L.policy(), candidate: candidate ? L.version(candidate) : null, passed, checked, ms: at });
  add(on(3, 5), 'open', 'run', 'Opened a case: nothing serves yet', 'bootstrap', 'ca_1');
  add(on(3, 5), 'train', 'run', 'Trained v1 on 16 Jan – 1 Mar', '672,114 rows, no onset to wait for', 'ca_1', 1);
  add(on(3, 5), 'gate', 'ok', 'v1 passed 4 of 4 gates', 'AUC .851 on the reference, at least .750', 'ca_1', 1, 4, 4);
  add(on(3, 5), 'promote', 'ok', 'v1 serves all traffic', 'first version: no canary to compare with', 'ca_1', 1, 4, 4);
  add(on(4, 2), 'open', 'warn', 'Opened a case: off-timetable .096 over .060', 'alert off-timetable, onset 1 Apr', 'ca_2');
  add(on(4, 2, 1), 'wait', 'wait', 'Not yet: no labelled day after 1 Apr', '0 of 7 labelled days after the onset', 'ca_2', null, 2, 3);
  add(on(4, 3), 'wait', 'wait', 'Not yet: 1 labelled day after 1 Apr', '1 of 7 labelled days; skill and AUC confirm', 'ca_2', null, 2, 3);
  add(on(4, 9), 'train', 'run', 'Trained v2 on 24 Mar – 6 Apr', '7 labelled days after the onset', 'ca_2', 2, 3, 3);
  add(on(4, 9, 1), 'gate', 'ok', 'v2 passed 5 of 5 gates', 'log loss gain .121 ± .011 on 33,104 rows', 'ca_2', 2, 5, 5);
  add(on(4, 9, 2), 'advance', 'canary', 'v2 in shadow, then canary 10 %', '2,000 shadow rows without an error', 'ca_2', 2, 3, 3);
  add(on(4, 9, 9), 'advance', 'canary', 'v2 canary 50 %', '4,000 rows at 10 %, p99 1.1 × champion', 'ca_2', 2, 3, 3);
  add(on(4, 10), 'promote', 'ok', 'v2 serves all traffic', '8,000 rows at 50 %, no error, latency equal', 'ca_2', 2, 3, 3);
  add(on(4, 13), 'keep', 'ok', 'v2 stays', 'live gain .148 on 15,311 labelled rows', 'ca_2', 2, 2, 2);
  add(on(5, 4), 'open', 'warn', 'Opened a case: off-timetable .067 over .060', 'alert off-timetable, onset 3 May', 'ca_3');
  add(on(5, 4, 1), 'wait', 'wait', 'Not yet: no labelled day after 3 May', '0 of 7 labelled days after the onset', 'ca_3', null, 2, 3);
  add(on(5, 11), 'train', 'run', 'Trained v3 on 25 Apr – 8 May', '7 labelled days after the onset', 'ca_3', 3, 3, 3);
  add(on(5, 11, 1), 'refuse', 'crit', 'v3 refused: 4 of 5 gates', 'gain .017 ± .009 is under .020', 'ca_3', 3, 4, 5);
  add(on(5, 12), 'train', 'run', 'Trained v4 on 27 Apr – 10 May', 'cool-down over, 9 labelled days', 'ca_4', 4, 3, 3);
  add(on(5, 12, 1), 'gate', 'ok', 'v4 passed 5 of 5 gates', 'log loss gain .052 ± .008 on 34,880 rows', 'ca_4', 4, 5, 5);
  add(on(5, 13), 'promote', 'ok', 'v4 serves all traffic', 'canary 10 %, 50 % without an error', 'ca_4', 4, 3, 3);
  add(on(6, 11), 'open', 'warn', 'Opened a case: off-timetable .072 over .060', 'alert off-timetable, onset 10 Jun', 'ca_5');
  add(on(6, 11, 1), 'wait', 'wait', 'Not yet: no labelled day after 10 Jun', '0 of 7 labelled days after the onset', 'ca_5', null, 2, 3);
  add(on(6, 18), 'train', 'run', 'Trained v5 on 3 – 16 Jun', '7 labelled days after the onset', 'ca_5', 5, 3, 3);
  add(on(6, 18, 1), 'gate', 'ok', 'v5 passed 5 of 5 gates', 'log loss gain .092 ± .010 on 33,007 rows', 'ca_5', 5, 5, 5);
  add(on(6, 19), 'promote', 'ok', 'v5 serves all traffic', 'canary 10 %, 50 % without an error', 'ca_5', 5, 3, 3);
  return rows.reverse();
}

function flags(L) {
  const kinds = { open: null, wait: null, train: 'retrain', gate: 'decision', refuse: 'decision', advance: null, promote: 'deploy', keep: null };
  const rows = L.decisions.filter((d) => kinds[d.verdict]).map((d) => ({ id: d.id, at: d.at, kind: kinds[d.verdict], status: d.status, text: `${d.text}`, link: d.verdict === 'promote' ? L.endpoint : L.decision(d.id) }));
  for (const a of L.alerts) {
    rows.push({ id: `${a.id}-o`, at: a.opened_at, kind: 'alert', status: a.severity === 'warn' ? 'warn' : 'crit', text: `${a.rule} ${String(a.value).replace('0.', '.')} ${a.direction === 'above' ? 'over' : 'under'} ${String(a.limit).replace('0.', '.')}`, link: L.alert(a.id) });
    if (a.resolved_at) rows.push({ id: `${a.id}-r`, at: a.resolved_at, kind: 'resolve', status: 'ok', text: `${a.rule} is back to normal`, link: L.alert(a.id) });
  }
  return rows.sort((a, b) => (a.at < b.at ? 1 : -1));
}
