// Saved views, and acts on many runs, as far as a page needs them to be true until the server ends.
const views = new Map();
const archived = new Map();  // by project: ids
const hash = (text) => [...text].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 16777619) >>> 0, 2166136261);
let revision = 0;
const made = (view) => ({ subject: '', name: '', scope: 'link', deleted: false, changed_by: '', created_at: '2001-06-30T00:00:00Z', updated_at: '2001-06-30T00:00:00Z', ...view, rev: String(++revision) });

export const list = (_, q) => {
  const rows = [...views.values()].filter((v) => v.scope === 'shared' && !v.deleted && (!q.kind || v.kind === q.kind) && (!q.subject || v.subject === '' || v.subject === q.subject)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { total: rows.length, cursor: null, rows };
};
export const one = (_, __, v) => views.get(v.v) ?? null;
export const save = (_, asked) => {
  const id = asked.scope === 'shared' ? `vw_${views.size + 1}` : `vl_${hash(JSON.stringify(asked.state))}`;
  views.set(id, made({ id, ...asked }));
  return views.get(id);
};
export function write(method, pathname, asked) {
  const view = views.get(decodeURIComponent(/^\/views\/([^/]+)$/.exec(pathname)?.[1] ?? ''));
  if (!view) return null;
  views.set(view.id, made({ ...view, ...asked, deleted: method === 'DELETE' }));
  return views.get(view.id);
}

export const isArchived = (L, id) => archived.get(L.project)?.has(id) ?? false;
export const bulk = (L, { runs = [], action, tags }) => {
  const ids = archived.get(L.project) ?? new Set();
  archived.set(L.project, ids);
  for (const id of runs) if (action === 'archive') ids.add(id);
  else if (action === 'restore') ids.delete(id);
  const back = { archive: { action: 'restore', runs }, restore: { action: 'archive', runs }, tag: { action: 'untag', runs, keys: Object.keys(tags ?? {}) } }[action];
  return { matched: runs.length, changed: runs.length, more: false, skipped_total: 0, skipped: [], undo: back ? [back] : [] };
};

// 24 points of a curve that ends where the run does.
export const sparkOf = (end) => (typeof end === 'number' ? Array.from({ length: 24 }, (_, i) => Number((end * (0.7 + 0.3 * (1 - Math.exp(-i / 6))) + Math.sin(i * 2.1) * 0.004).toFixed(5))) : null);
