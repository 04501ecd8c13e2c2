// Which made-up answer belongs to which path of the contract.
import * as loop from './answers-loop.mjs';
import * as rooms from './answers-rooms.mjs';
import { scenario } from './fixtures.mjs';
import * as retention from './answers-retention.mjs';
import * as search from './answers-search.mjs';
import * as series from './answers-series.mjs';
import * as views from './answers-views.mjs';

const scenarios = new Map();
function get(project) {
  if (!scenarios.has(project)) scenarios.set(project, scenario(project));
  return scenarios.get(project);
}

export const routes = [
  ['/clock', (L) => loop.clock(L)],
  ['/projects/:p/loop', (L) => loop.loop(L)],
  ['/projects/:p/inbox', (L) => loop.inbox(L)],
  ['/projects/:p/timeline', (L, q) => loop.timeline(L, q)],
  ['/monitors', (L) => loop.monitors(L)],
  ['/monitors/:m', (L) => loop.monitor(L)],
  ['/monitors/:m/drift', (L, q) => loop.manyFeatures(L, loop.drift(L, q))],
  ['/monitors/:m/performance', (L, q) => loop.performance(L, q)],
  ['/monitors/:m/features/:f/distribution', (L, q, v) => loop.distribution(L, q, v.f)],
  ['/alerts', (L, q) => loop.alertsList(L, q)],
  ['/alerts/:a', (L, q, v) => L.alerts.find((a) => a.id === v.a) ?? null],
  ['/policies', (L) => loop.policies(L)],
  ['/policies/:y', (L, q, v) => loop.policy(L, v.y)],
  ['/policies/:y/decisions', (L, q) => loop.decisionsList(L, q)],
  ['/projects/:p/search', rooms.search],
  ['/models', rooms.models],
  ['/models/:m', rooms.model],
  ['/models/:m/versions/:v', rooms.version],
  ['/endpoints', rooms.endpoints],
  ['/endpoints/:e', rooms.endpoint],
  ['/endpoints/:e/metrics', rooms.endpointMetrics],
  ['/pipelines', rooms.pipelines],
  ['/pipeline-runs', rooms.pipelineRuns],
  ['/pipeline-runs/:r', rooms.pipelineRun],
  ['/pipeline-runs/:r/steps/:s/log', rooms.stepLog],
  ['/repos', rooms.repos],
  ['/repos/:o/commits', rooms.commits],
  ['/repos/:o/tree', rooms.tree],
  ['/repos/:o/preview', rooms.preview],
  ['/experiments', rooms.experiments],
  ['/runs', rooms.runs],
  ['/runs/:u', rooms.run],
  ['/runs/:u/series', rooms.series],
  ['/experiments/:x/keys', series.keys],
  ['/views', views.list],
  ['/views/:v', views.one],
  ['/retention', retention.overview],
  ['/retention/bin', retention.bin],
  ['/retention/rules', retention.rules],
  ['/retention/quotas', retention.quotas],
  ['/lineage', rooms.lineage],
  ['/decisions/:d', (L, q, v) => loop.decision(L, v.d)],
];

// Questions that stand in a body.
const posts = [
  ['/runs/query', search.query],
  ['/runs/groups', search.groups],
  ['/runs/complete', search.complete],
  ['/series/query', (L, asked) => series.query(L, asked, search.all)],
  ['/series/density', (L, asked) => series.density(L, asked, search.all)],
  ['/series/nearest', (L, asked) => series.nearest(L, asked, search.all)],
  ['/runs/columns', (L, asked) => series.columns(L, asked, search.all, search.value, search.kind)],
  ['/runs/importance', series.importance],
  ['/views', views.save],
  ['/runs/bulk', views.bulk],
  ['/retention/plan', retention.plan],
  ['/retention/restore', retention.restore],
  ['/retention/purge', retention.purge],
  ['/retention/rules', retention.setRule],
  ['/retention/quotas', retention.setQuota],
  ['/api/2.0/mlflow/logged-models/search', retention.models],
];

function match(pattern, pathname) {
  const names = pattern.split('/');
  const parts = pathname.split('/');
  if (names.length !== parts.length) return null;
  const values = {};
  for (let i = 0; i < names.length; i++) {
    if (names[i].startsWith(':')) values[names[i].slice(1)] = decodeURIComponent(parts[i]);
    else if (names[i] !== parts[i]) return null;
  }
  return values;
}

const error = (status, code, what, why, fix) => ({ status, body: { error: { code, what, why, fix, request_id: 'req_dev' } } });

const refused = (asked) => {
  const trouble = asked.text === undefined && search.troubleOf(asked.filter ?? '');
  return trouble ? error(400, 'invalid', `Invalid filter: column ${trouble.column}: ${trouble.what}`, '', '') : null;
};

export function answer(method, url, referer = '', asked = {}) {
  const pathname = url.pathname.replace('/api/v1', '');
  const query = Object.fromEntries(url.searchParams);
  if (method === 'PUT' || method === 'DELETE') {
    const body = views.write(method, pathname, asked);
    if (body) return { status: 200, body };
  }
  for (const [pattern, make] of method === 'POST' ? [...posts, ...routes] : routes) {
    const values = match(pattern, pathname);
    if (!values) continue;
    const L = get(values.p ?? query.project ?? referer.match(/\/p\/(\w+)/)?.[1] ?? 'default');
    if (!L) return error(503, 'unavailable', 'The metadata database does not answer.', 'connect: no such file', 'Start it, then try again.');
    if (posts.some(([, post]) => post === make)) return refused(asked) ?? { status: 200, body: make(L, asked) };
    if (method === 'POST') return { status: 200, body: { object: L.policy(), text: 'Done.', cli: 'gyre policy set …' } };
    const body = make(L, query, values);
    return body === null ? error(404, 'not_found', `There is no ${pathname}.`, '', '') : { status: 200, body };
  }
  return error(404, 'not_found', `There is no ${pathname}.`, '', '');
}
