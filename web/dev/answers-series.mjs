// Made-up curves in the shape of the contract, by the names of runs and keys alone: the same each time, for as many runs as are asked for.
import { random } from './story.mjs';

const STEPS = 12_000;
const EVERY = 25;
const MANY_KEYS = 10_000;
const USUAL = ['val/auc', 'val/loss', 'train/loss', 'train/auc', 'lr', 'epoch', 'grad/norm', 'grad/max', 'system/gpu', 'system/memory', 'system/cpu', 'val/ece'];
const LAYERS = Array.from({ length: 24 }, (_, i) => `layers/${i}/norm`);

const hash = (text) => [...text].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 16777619) >>> 0, 2166136261);
const share = (text) => (hash(text) % 10_007) / 10_007;

export function keys(L, q, v) {
  const own = q.kind === 'param' ? ['lr', 'train_days', 'num_leaves', 'learning_rate', 'seed'] : v.x === 'wide' ? Array.from({ length: MANY_KEYS }, (_, i) => `layers/${Math.floor(i / 20)}/${['weight', 'bias', 'grad', 'act'][i % 4]}/${['mean', 'std', 'min', 'max', 'norm'][i % 5]}_${i}`) : L.days ? [...USUAL, ...LAYERS] : [];
  const words = (q.match ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const found = own.filter((key) => words.every((w) => key.toLowerCase().includes(w)));
  const from = Number(q.cursor || 0);
  const limit = Number(q.limit ?? 100);
  const { length } = found;
  return { total: length, cursor: from + limit < length ? String(from + limit) : null, rows: found.slice(from, from + limit).map((key) => ({ key, runs: 46 })) };
}

// A run is good or bad by its name; the shape goes by the key.
function valueOf(run, key, rng, step) {
  const skill = share(run);
  const at = step / STEPS;
  const noise = (rng() - 0.5) * 2;
  if (/auc/.test(key)) return 0.65 + (0.14 + 0.15 * skill) * (1 - Math.exp(-at * (5 + 3 * skill))) + noise * 0.006 + (/train/.test(key) ? 0.015 * at : 0);
  if (/loss/.test(key)) return 0.24 + 0.12 * (1 - skill) + (0.45 - 0.1 * skill) * Math.exp(-at * (4 + 3 * skill)) + noise * 0.008 - (/train/.test(key) ? 0.05 * at : 0) + (/val/.test(key) && skill < 0.2 ? 0.1 * at * at : 0);
  if (/^lr$/.test(key)) return (1e-4 + 9e-4 * skill) * Math.min(1, at * 20) * (0.5 + 0.5 * Math.cos(Math.PI * at));
  if (/epoch/.test(key)) return at * 12;
  if (/grad|norm/.test(key)) return 10 ** (1 - 1.6 * at + 0.4 * noise * (1 - at) + skill);
  if (/gpu|cpu/.test(key)) return 88 + 8 * noise;
  return 0.5 + 0.3 * Math.sin(at * 9 + 6 * share(key)) * skill + noise * 0.02;
}

const fails = (run, key) => hash(run) % 13 === 5 && /loss|auc|norm/.test(key);
const FAILED_AT = 3450;

function pointsOf(run, key) {
  const rng = random(hash(run + key));
  const end = hash(run) % 7 === 3 ? STEPS * 0.41 : STEPS;
  const every = /val|ece/.test(key) ? EVERY * 4 : EVERY;
  const list = [];
  for (let step = 0; step <= end; step += every) {
    const v = valueOf(run, key, rng, step);
    list.push([step, fails(run, key) && step >= FAILED_AT && step < FAILED_AT + 900 ? NaN : fails(run, key) && step >= FAILED_AT + 900 ? null : /grad\/max/.test(key) && step === 5000 && hash(run) % 3 === 0 ? Infinity : v]);
  }
  return list.filter(([, v]) => v !== null);
}

const START = Date.UTC(2026, 10, 23, 7);
const X = { relative: (step) => step * 700, time: (step, run) => START + share(run) * 36e5 + step * 700 };
const xOf = (x, step, run) => (typeof x === 'object' ? (x.metric === 'epoch' ? step / 1000 : valueOf(run, x.metric, random(hash(run)), step)) : X[x]?.(step, run) ?? step);
const finite = (v) => typeof v === 'number' && Number.isFinite(v);
const told = (v) => (v === undefined || v === null ? null : finite(v) ? Number(v.toPrecision(7)) : String(v));

function smoothed(points, halfLife) {
  let sum = 0;
  let weight = 0;
  let before = null;
  return points.map(([x, v]) => {
    if (!finite(v)) return [x, null];
    const kept = before === null ? 0 : 2 ** (-(x - before) / halfLife);
    sum = kept * sum + (1 - kept) * v;
    weight = kept * weight + (1 - kept);
    before = x;
    return [x, sum / weight];
  });
}

function runsOf(L, asked, all) {
  if (asked.runs) return asked.runs.map((id) => ({ id, name: all(L).find((r) => r.id === id)?.name ?? id }));
  return all(L).slice(0, asked.select.top);
}

export function query(L, asked, all) {
  const runs = runsOf(L, asked, all);
  const raw = asked.keys.flatMap((key) => runs.map((run) => {
    const points = pointsOf(run.id, key).map(([step, v]) => [xOf(asked.x, step, run.id), v]);
    const smooth = asked.smooth ? new Map(smoothed(points, asked.smooth)) : null;
    return { key, run, points: points.filter(([x]) => (asked.from === undefined || x >= asked.from) && (asked.to === undefined || x <= asked.to)), smooth };
  }));
  const distinct = [...new Set(raw.flatMap((r) => r.points.map(([x]) => x)))].sort((a, b) => a - b);
  const exact = distinct.length <= asked.buckets;
  const from = asked.from ?? distinct[0] ?? 0;
  const to = asked.to ?? distinct.at(-1) ?? 1;
  const x = exact ? distinct : Array.from({ length: asked.buckets }, (_, i) => from + ((i + 0.5) / asked.buckets) * (to - from));
  const places = new Map(distinct.map((at, i) => [at, i]));
  const place = (at) => (exact ? places.get(at) : Math.min(asked.buckets - 1, Math.floor(((at - from) / (to - from || 1)) * asked.buckets)));
  let lines = raw.map(({ key, run, points, smooth }) => {
    const empty = () => x.map(() => undefined);
    const c = { last: empty(), min: empty(), max: empty(), count: x.map(() => 0), nan_count: x.map(() => 0), smooth: empty() };
    for (const [at, v] of points) {
      const i = place(at);
      c.count[i]++;
      c.last[i] = v;
      if (Number.isNaN(v)) c.nan_count[i]++;
      if (smooth && finite(smooth.get(at))) c.smooth[i] = smooth.get(at);
      if (finite(v)) {
        c.min[i] = Math.min(c.min[i] ?? v, v);
        c.max[i] = Math.max(c.max[i] ?? v, v);
      }
    }
    const nan = points.filter(([, v]) => Number.isNaN(v)).length;
    return { key, run: run.id, name: run.name, group: [], members: 1, points: points.length, nan, inf: points.filter(([, v]) => v === Infinity).length, first_nan_step: nan ? FAILED_AT : null, c };
  });
  if (asked.group) lines = grouped(lines, asked, all(L), x);
  const robust = asked.outliers === 'clip' ? view(lines) : null;
  return {
    rev: '1', exact, from, to, matched: asked.runs ? runs.length : all(L).length, drawn: runs.length, x: x.map((v) => Number(v.toPrecision(12))), view: robust,
    lines: lines.map(({ c, ...line }) => ({ ...line, ...Object.fromEntries(Object.entries(c).filter(([name]) => (asked.want ?? ['last']).includes(name) || name === 'contributing').map(([name, values]) => [name, values.map(told)])) })),
  };
}

function grouped(lines, { group, keys: wanted }, all, x) {
  const valueAt = (run, field) => all.find((r) => r.id === run)?.params?.[field.replace('params.', '')] ?? null;
  const groups = new Map();
  for (const line of lines) {
    const values = group.by.map((by) => ({ by, value: valueAt(line.run, by) }));
    const id = JSON.stringify([line.key, values]);
    groups.set(id, { key: line.key, values, members: [...(groups.get(id)?.members ?? []), line] });
  }
  return [...groups.values()].filter((g) => wanted.includes(g.key)).map(({ key, values, members }) => {
    const c = { last: [], min: [], max: [], count: [], nan_count: [], smooth: [], contributing: [] };
    x.forEach((_, i) => {
      const of = (name) => members.map((m) => m.c[name][i]).filter(finite);
      const list = of('last');
      const mean = list.reduce((a, b) => a + b, 0) / list.length;
      const deviation = list.length > 1 ? Math.sqrt(list.reduce((a, b) => a + (b - mean) ** 2, 0) / (list.length - 1)) : 0;
      const half = group.band === 'confidence' ? (2 * deviation) / Math.sqrt(list.length) : deviation;
      const smooth = of('smooth');
      c.last.push(list.length ? mean : undefined);
      c.min.push(list.length && group.band !== 'none' ? (group.band === 'range' ? Math.min(...list) : mean - half) : undefined);
      c.max.push(list.length && group.band !== 'none' ? (group.band === 'range' ? Math.max(...list) : mean + half) : undefined);
      c.count.push(list.length);
      c.nan_count.push(0);
      c.contributing.push(list.length);
      c.smooth.push(smooth.length ? smooth.reduce((a, b) => a + b, 0) / smooth.length : undefined);
    });
    return { key, run: null, name: values.map((v) => v.value ?? '—').join(', '), group: values, members: members.length, points: members.reduce((s, m) => s + m.points, 0), nan: 0, inf: 0, first_nan_step: null, c };
  });
}

function view(lines) {
  const values = lines.flatMap((l) => l.c.last.filter(finite)).sort((a, b) => a - b);
  const low = values[Math.floor(values.length * 0.01)] ?? 0;
  const high = values[Math.floor(values.length * 0.99)] ?? 1;
  return { low, high, outside: values.filter((v) => v < low || v > high).length };
}

export function density(L, asked, all) {
  const runs = runsOf(L, asked, all);
  const curves = runs.map((run) => pointsOf(run.id, asked.key).filter(([, v]) => finite(v)).map(([step, v]) => [xOf(asked.x, step, run.id), v]));
  const flat = curves.flat();
  const x = { from: asked.from ?? flat.reduce((m, p) => Math.min(m, p[0]), Infinity), to: asked.to ?? flat.reduce((m, p) => Math.max(m, p[0]), 0) };
  const y = asked.y ?? { from: flat.reduce((m, p) => Math.min(m, p[1]), Infinity), to: flat.reduce((m, p) => Math.max(m, p[1]), -Infinity) };
  const { width, height } = asked;
  const cells = new Uint16Array(width * height);
  for (const curve of curves)
    for (let i = 1; i < curve.length; i++) {
      const [[ax, av], [bx, bv]] = [curve[i - 1], curve[i]];
      const px = (v) => ((v - x.from) / (x.to - x.from)) * width;
      for (let column = Math.max(0, Math.ceil(px(ax))); column < Math.min(width, px(bx)); column++) {
        const v = av + ((bv - av) * (column - px(ax))) / (px(bx) - px(ax) || 1);
        const row = Math.floor((1 - (v - y.from) / (y.to - y.from)) * height);
        if (row >= 0 && row < height) cells[row * width + column]++;
      }
    }
  return { series: runs.length, width, height, x, y, max: cells.reduce((a, b) => Math.max(a, b), 0), cells: Buffer.from(cells.buffer).toString('base64') };
}

export function nearest(L, asked, all) {
  let best = null;
  for (const run of runsOf(L, asked, all)) {
    const points = pointsOf(run.id, asked.key);
    const near = points.reduce((a, b) => (Math.abs(xOf(asked.x, b[0], run.id) - asked.at.x) < Math.abs(xOf(asked.x, a[0], run.id) - asked.at.x) ? b : a));
    const away = Math.abs(near[1] - asked.at.y);
    if (finite(near[1]) && (!best || away < best.away)) best = { away, run: run.id, name: run.name, x: xOf(asked.x, near[0], run.id), y: near[1] };
  }
  return best;
}

export function columns(L, asked, all, value, kind) {
  const runs = all(L).slice(0, asked.limit ?? 1000);
  return { total: all(L).length, cursor: null, ids: runs.map((r) => r.id), names: runs.map((r) => r.name), columns: asked.columns.map((text) => ({ text, kind: kind(text), values: runs.map((r) => value(r, text)) })) };
}

export const importance = (L) => ({ runs: L.days ? 46 : 0, used: L.days ? 44 : 0, explained: L.days ? 0.71 : null, rows: L.days ? [['params.learning_rate', 'number', 0.52, 0.41, 0.63, -0.62], ['params.num_leaves', 'number', 0.23, 0.15, 0.3, 0.35], ['params.train_days', 'category', 0.11, 0.04, 0.18, null], ['params.seed', 'number', 0.01, -0.02, 0.03, 0.02]].map(([param, kind, value, low, high, spearman]) => ({ param, kind, n: 44, importance: value, low, high, pearson: spearman, spearman })) : [] });

