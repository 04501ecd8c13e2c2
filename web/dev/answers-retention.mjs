// The bin and its rules of one scenario; what is restored or purged is out of it as long as the server is up.
import { DAY, iso } from './story.mjs';

const WINDOW_MS = 30 * DAY;
const page = (rows, total = rows.length, cursor = null) => ({ total, cursor, rows });

function fresh(L) {
  const size = L.project === 'empty' ? 0 : L.project === 'many' ? 10_250 : 12;
  const item = (i) => {
    const deleted = L.now - 29.5 * DAY + (i * 29 * DAY) / Math.max(size, 1);
    const kind = i === 5 ? 'experiment' : i === 3 ? 'logged-model' : 'run';
    const id = kind === 'run' ? `run_${i + 20}` : kind === 'experiment' ? '7' : `m-${i}`;
    const link = kind === 'experiment' ? L.link('experiment', 'old-tries', '/e/7', 'experiment:7') : kind === 'run' ? L.link('run', `sweep-of-learning-rates-${i}`, `/r/${id}`, `run:${id}`) : L.link(kind, 'late-as-of-march', '/e/1', `logged-model:${id}`);
    return { ...link, id, experiment: kind === 'experiment' || i === 6 ? '7' : '1', deleted_at: iso(deleted), purged_at: iso(deleted + WINDOW_MS), kept: i === 1 ? 'late@3 is registered from it' : '' };
  };
  const rule = (name, rest) => ({ ref: `retention-rule:${name}`, kind: 'retention-rule', name, url: `${L.p}/e`, rev: '1', experiment: '', filter: '', older_than_ms: 0, keep_latest: 0, keep_best: 0, metric: '', lowest: false, changed_at: iso(L.now - 9 * DAY), applied_at: null, binned: 0, ...rest });
  const rules = size ? [rule('failed-soon', { filter: "status = 'FAILED'", applied_at: iso(L.now - DAY), binned: 214 }), rule('few', { experiment: '1', older_than_ms: 90 * DAY, keep_latest: 20, keep_best: 5, metric: 'auc' })] : [];
  const quota = (experiment, rest) => ({ ref: `retention-quota:${experiment || 'all'}`, kind: 'retention-quota', name: experiment || 'all', url: `${L.p}/e`, rev: '1', experiment, on_exceed: 'refuse', counted_at: iso(L.now - 40_000), ...rest });
  const quotas = size ? [quota('', { limits: { runs: 0, points: 0, bytes: 10 * 2 ** 30 }, use: { runs: 46, points: 11_040, bytes: 9.4 * 2 ** 30 } }), quota('1', { on_exceed: 'oldest', limits: { runs: 40, points: 50_000_000, bytes: 0 }, use: { runs: 46, points: 11_040, bytes: 0 } })] : [];
  return { window: WINDOW_MS, quotas, rules, rows: Array.from({ length: size }, (_, i) => item(i)) };
}
const of = (L) => (L.retention ??= fresh(L));

export const overview = (L) => ({ undo_window_ms: of(L).window, bin_total: of(L).rows.length, rules_total: of(L).rules.length });
export const rules = (L) => page(of(L).rules);
export const quotas = (L) => page(of(L).quotas);
export function setQuota(L, asked) {
  const experiment = asked.experiment ?? '';
  const set = { ...fresh({ ...L, project: 'default' }).quotas[0], ref: `retention-quota:${experiment || 'all'}`, name: experiment || 'all', experiment, on_exceed: asked.on_exceed, limits: { runs: asked.runs ?? 0, points: asked.points ?? 0, bytes: asked.bytes ? 2 ** 30 : 0 }, counted_at: null };
  of(L).quotas = [...of(L).quotas.filter((q) => q.experiment !== experiment), set];
  return { text: 'the quota holds', undo: '' };
}
export function bin(L, q) {
  const wanted = (r) => (!q.kind || r.kind === q.kind) && (!q.id || r.id === q.id) && (!q.experiment || r.experiment === q.experiment);
  const rows = of(L).rows.filter(wanted);
  const from = Number(q.cursor || 0);
  const limit = Number(q.limit ?? 50);
  return page(rows.slice(from, from + limit), rows.length, from + limit < rows.length ? String(from + limit) : null);
}
export const models = () => ({ models: [{ info: { model_id: 'm-901', name: 'still-in-use' } }] });
const out = (L, hit) => {
  const gone = of(L).rows.filter(hit);
  L.retention.rows = L.retention.rows.filter((r) => !gone.includes(r));
  return gone;
};
export function restore(L, asked) {
  out(L, (r) => (r.kind === asked.kind && r.id === asked.id) || (asked.kind === 'experiment' && r.experiment === asked.id));
  return { text: 'It is restored.', undo: '' };
}
export function purge(L, asked) {
  const meant = (r) => asked.everything || (r.kind === asked.kind && r.id === asked.id);
  const kept = of(L).rows.filter((r) => meant(r) && r.kept).map(({ kind, id, kept: why }) => ({ kind, id, why }));
  const gone = out(L, (r) => meant(r) && !r.kept);
  const count = (kind) => gone.filter((r) => r.kind === kind).length;
  return { runs: count('run'), models: count('logged-model'), experiments: count('experiment'), kept_total: kept.length, kept, more: false };
}
export function setRule(L, asked) {
  const set = { ...fresh({ ...L, project: 'default' }).rules[0], binned: 0, applied_at: null, ref: `retention-rule:${asked.name}`, name: asked.name, filter: asked.filter ?? '', experiment: asked.experiment ?? '', keep_latest: asked.keep_latest ?? 0, keep_best: asked.keep_best ?? 0, metric: asked.metric ?? '' };
  of(L).rules = [...of(L).rules.filter((r) => r.name !== asked.name), set];
  return { text: `the rule ${asked.name} is kept from now on`, undo: '' };
}
export function plan(L, asked) {
  const n = asked.filter ? 12 : 34;
  const rows = Array.from({ length: n }, (_, i) => ({ ...L.link('run', `sweep-${i}`, '/r/run_5', `run:try_${i}`), id: `try_${i}`, experiment: '1', status: 'FAILED', ended_at: iso(L.now - (91 + i) * DAY), points: 240, bytes: 812 * (i + 1) }));
  return { runs: n, models: 2, points: 240 * n, bytes: 5_392_338, kept_total: 1, kept: [{ kind: 'run', id: 'run_5', why: 'late@5 is registered from it' }], more: false, rows };
}
