// Many runs at once: enough of the filter language to write a filter by, on the runs of a scenario.
import { runs } from './answers-rooms.mjs';
import { isArchived, sparkOf } from './answers-views.mjs';

const MANY = 40;
const KEYS = { metrics: ['auc', 'log_loss', 'rows', 'nan_metric'], params: ['train_days', 'num_leaves', 'learning_rate', 'as_of'] };
const ATTRIBUTES = ['status', 'start_time', 'duration', 'run_name'];
const VALUES = { 'params.train_days': ['14', '45'], 'params.num_leaves': ['31'], status: ['FINISHED', 'FAILED', 'RUNNING'] };

// The scenario's runs, and tries of the same kind.
export function all(L) {
  const own = runs(L).rows;
  if (own.length === 0) return [];
  const tries = Array.from({ length: MANY }, (_, i) => ({ ...own[1 + (i % 5)], id: `try_${i}`, ref: `run:try_${i}`, name: `sweep-${i}`, parent: i === 1 || i === 2 ? 'try_0' : null, metrics: { auc: 0.8 + ((i * 37) % 17) / 400 + (i % 3) * 0.02, log_loss: 0.36 - (i % 7) / 100, rows: 230_114 }, params: { train_days: i % 2 ? '14' : '45', num_leaves: String([15, 31, 63][i % 3]), learning_rate: '0.1' } }));
  return [...own, ...tries];
}

export function value(run, field) {
  const [, entity, key] = /^(metrics|params)\.`?([^`]+)`?$/.exec(field) ?? [];
  if (entity) return run[entity][key] ?? null;
  if (field === 'duration') return Date.parse(run.ended_at) - Date.parse(run.started_at);
  if (field === 'parent_run_id' || field === 'parent.run_id') return run.parent ?? null;
  if (field === 'run_id') return run.id;
  return field === 'status' ? run.state.toUpperCase() : field === 'run_name' ? run.name : field === 'start_time' ? run.started_at : null;
}
export const kind = (field) => (field.startsWith('metrics.') ? 'number' : field === 'duration' ? 'duration' : field === 'start_time' ? 'time' : 'text');

const TEST = /^\s*\(?\s*([\w./`]+)\s*(<=|>=|!=|=|<|>)\s*('[^']*'|[-\d.]+)\s*\)?\s*$/;
const parts = (filter) => filter.split(/\s+and\s+/i);

// field IS [NOT] NULL, field IN ('a', 'b')
const THERE = /^\s*\(?\s*([\w./`]+)\s+IS\s+(NOT\s+)?NULL\s*\)?\s*$/i;
const ONE_OF = /^\s*\(?\s*([\w./`]+)\s+IN\s*\(([^)]*)\)\s*\)?\s*$/i;

export function troubleOf(filter) {
  let at = 0;
  for (const part of filter.trim() ? parts(filter) : []) {
    const [, field, , right] = TEST.exec(part) ?? [];
    const from = filter.indexOf(part, at);
    at = from + part.length;
    if (THERE.test(part) || ONE_OF.test(part)) continue;
    if (!field) return { column: filter.length + 1, what: "expected a value or the name of an attribute, metric, param or tag, found 'the end'" };
    if (field.startsWith('metrics.') && right.startsWith("'")) return { column: filter.indexOf(right, from) + 1, what: `expected a number, found ${right}` };
  }
  return null;
}

function matching(L, filter = '') {
  const there = (part) => {
    const [, field, not] = THERE.exec(part) ?? [];
    const [, of, values] = ONE_OF.exec(part) ?? [];
    if (field) return (run) => (value(run, field) === null) === (not === undefined);
    return of && ((run) => values.split(',').map((v) => v.trim().slice(1, -1)).includes(String(value(run, of))));
  };
  const tests = filter.trim() ? parts(filter).map((part) => there(part) || TEST.exec(part)) : [];
  const holds = (run) => tests.every((test) => {
    if (typeof test === 'function') return test(run);
    const [, field, sign, right] = test;
    const left = value(run, field);
    const wanted = right.startsWith("'") ? right.slice(1, -1) : Number(right);
    if (left === null || left === 'NaN') return false;
    const size = typeof wanted === 'number' ? Number(left) - wanted : String(left) === wanted ? 0 : 1;
    return { '=': size === 0, '!=': size !== 0, '<': size < 0, '<=': size <= 0, '>': size > 0, '>=': size >= 0 }[sign];
  });
  return all(L).filter((run) => !isArchived(L, run.id)).filter(holds);
}

export function query(L, asked) {
  const found = matching(L, asked.filter);
  const [, by, down] = /^(.*?)(\s+DESC)?$/.exec(asked.sort?.[0] ?? '') ?? [];
  if (by) found.sort((a, b) => (down ? -1 : 1) * (Number(value(a, by) ?? 0) - Number(value(b, by) ?? 0)));
  const columns = asked.columns ?? [];
  const from = Number(asked.cursor || asked.offset || 0);
  const rows = found.slice(from, from + (asked.limit ?? 50));
  const { length } = found;
  return { total: asked.count === false ? null : length, cursor: rows.length && from + rows.length < length ? String(from + rows.length) : null, columns: columns.map((text) => ({ text, kind: kind(text) })), rows: rows.map(({ metrics, params, ended_at, parent, ...row }) => ({ ...row, cells: columns.map((c) => value({ metrics, params, ended_at, parent, ...row }, c)), ...(asked.sparks && { sparks: asked.sparks.map((c) => sparkOf(value({ metrics, params }, c))) }) })) };
}

function figure(values) {
  const numbers = values.map(Number).filter((v) => Number.isFinite(v));
  const n = numbers.length;
  const mean = n ? numbers.reduce((a, b) => a + b, 0) / n : null;
  const deviation = n > 1 ? Math.sqrt(numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1)) : null;
  const half = n > 1 ? (2.2 * deviation) / Math.sqrt(n) : null;
  return { n, nan: values.filter((v) => v === 'NaN').length, mean, deviation, low: n > 1 ? mean - half : null, high: n > 1 ? mean + half : null, min: n ? Math.min(...numbers) : null, max: n ? Math.max(...numbers) : null };
}

export function groups(L, asked) {
  const found = matching(L, asked.filter);
  const by = new Map();
  for (const run of found) {
    const keys = asked.by.map((field) => value(run, field));
    by.set(JSON.stringify(keys), [...(by.get(JSON.stringify(keys)) ?? []), run]);
  }
  const figures = asked.figures ?? [];
  const rows = [...by].map(([keys, members]) => ({ keys: JSON.parse(keys), runs: members.length, filter: asked.by.map((field, i) => `${field} = '${JSON.parse(keys)[i]}'`).join(' AND '), figures: figures.map((f) => figure(members.map((m) => value(m, f)).filter((v) => v !== null))) }));
  const { length } = rows;
  return { total: length, runs: found.length, by: asked.by.map((text) => ({ text, kind: kind(text) })), figures, rows: rows.sort((a, b) => b.runs - a.runs) };
}

export function complete(L, asked) {
  const cursor = asked.cursor ?? asked.text.length;
  const before = asked.text.slice(0, cursor);
  const row = (text, kindOf, detail = '', insert = `${text} `) => ({ text, insert, kind: kindOf, detail });
  const [, entity, key] = /(metrics|params)\.([\w/]*)$/.exec(before) ?? [];
  const [, field, , open] = /([\w.]+)\s*(<=|>=|!=|=|<|>)\s*('?[\w.]*)$/.exec(before) ?? [];
  const word = /[\w']*$/.exec(before)[0];
  let from = cursor - word.length;
  let rows = [];
  if (entity && key !== undefined) {
    from = cursor - key.length;
    rows = KEYS[entity].filter((k) => k.includes(key) && k !== key).map((k) => row(k, 'key', '46 runs'));
  } else if (field) {
    rows = (VALUES[field] ?? []).filter((v) => v.startsWith(open.replace("'", ''))).map((v) => row(v, 'value', '', `'${v}' `));
  } else if (/(^|\b(and|or|not)|\()\s*\w*$/i.test(before)) {
    rows = [...(asked.language === 'column' ? [] : [row('NOT', 'word')]), row('metrics.', 'field', 'by key', 'metrics.'), row('params.', 'field', 'by key', 'params.'), ...ATTRIBUTES.map((a) => row(a, 'field'))].filter((r) => r.text.toLowerCase().includes(word.toLowerCase()));
  } else if (/(\d|')\s*\w*$/.test(before)) {
    rows = [row('AND', 'word'), row('OR', 'word')].filter((r) => r.text.startsWith(word.toUpperCase()));
  } else {
    rows = ['=', '!=', '<', '<=', '>', '>='].map((s) => row(s, 'sign')).concat(['IS', 'NOT', 'IN'].map((w) => row(w, 'word')));
  }
  return { from, to: cursor, suggestions: L.days ? rows : [], more: 0, trouble: asked.language === 'column' ? null : troubleOf(asked.text) };
}
