// Paths to pages. Each room is loaded when it is first opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import type { Live } from './api/live';
import { pageHistory } from './api/prefix';
import { WORKSPACE_SEARCH } from './features/runs/workspace';
import { S } from './strings';
import { readRange } from './ui/range';
import { Shell } from './ui/Shell';
import { Go } from './ui/Go';
import { ErrorPanel } from './ui/Feedback';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);
const keep = (...names: string[]) => (search: Record<string, unknown>) => ({ ...readRange(search), ...Object.fromEntries(names.map((n) => [n, text(search[n])])) });

// MLflow's client prints links to the page it knows: `/#/experiments/1/runs/<id>`, `/#/models/<name>/versions/3`.
function ofMlflow(hash: string): string {
  const [, run] = /^\/experiments\/\d+\/runs\/([\w-]+)/.exec(hash) ?? [];
  if (run) return `/p/default/r/${run}`;
  const [, experiment] = /^\/experiments\/(\d+)/.exec(hash) ?? [];
  if (experiment) return `/p/default/e/${experiment}`;
  const [, model, version] = /^\/models\/([^/?]+)(?:\/versions\/(\d+))?/.exec(hash) ?? [];
  if (model) return `/p/default/models/${model}${version ? `/v/${version}` : ''}`;
  return /^\/models/.test(hash) ? '/p/default/models' : '/p/default';
}

export function createPages(live: Live) {
  const root = createRootRoute({ component: () => <Shell live={live} />, notFoundComponent: Gone, errorComponent: ({ error }) => <ErrorPanel page error={error as Error} /> });
  const start = createRoute({
    getParentRoute: () => root,
    path: '/',
    beforeLoad: ({ location }) => {
      throw redirect({ href: ofMlflow(location.hash) });
    },
  });
  const page = (path: string, component: ReturnType<typeof lazyRouteComponent>, ...search: string[]) =>
    createRoute({ getParentRoute: () => root, path: `/p/$project${path}`, component, validateSearch: keep(...search) });
  const pages = [
    page('', lazyRouteComponent(() => import('./features/home/HomePage'), 'HomePage')),
    page('/monitors', lazyRouteComponent(() => import('./features/monitor/MonitorsPage'), 'MonitorsPage')),
    page('/monitors/$monitor', lazyRouteComponent(() => import('./features/monitor/MonitorPage'), 'MonitorPage'), 'feature', 'metric', 'quality', 'wfrom', 'wto'),
    page('/data', lazyRouteComponent(() => import('./features/data/ReposPage'), 'ReposPage')),
    page('/data/$repo', lazyRouteComponent(() => import('./features/data/RepoPage'), 'RepoPage'), 'ref', 'path', 'file'),
    page('/pipelines', lazyRouteComponent(() => import('./features/pipelines/PipelinesPage'), 'PipelinesPage')),
    page('/pipelines/$pipeline', lazyRouteComponent(() => import('./features/pipelines/PipelinePage'), 'PipelinePage')),
    page('/pipelines/$pipeline/runs/$run', lazyRouteComponent(() => import('./features/pipelines/PipelineRunPage'), 'PipelineRunPage'), 'step'),
    page('/experiments', lazyRouteComponent(() => import('./features/runs/ExperimentsPage'), 'ExperimentsPage')),
    page('/e/$experiment', lazyRouteComponent(() => import('./features/runs/RunsPage'), 'RunsPage'), ...WORKSPACE_SEARCH),
    page('/r/$run', lazyRouteComponent(() => import('./features/runs/RunPage'), 'RunPage'), 'file'),
    page('/retention', lazyRouteComponent(() => import('./features/retention/RetentionPage'), 'RetentionPage'), 'view', 'open', 'name', 'exp', 'filter', 'older', 'latest', 'best', 'metric', 'lowest'),
    page('/models', lazyRouteComponent(() => import('./features/models/ModelsPage'), 'ModelsPage')),
    page('/models/$model', lazyRouteComponent(() => import('./features/models/ModelPage'), 'ModelPage')),
    page('/models/$model/v/$version', lazyRouteComponent(() => import('./features/models/VersionPage'), 'VersionPage')),
    page('/endpoints', lazyRouteComponent(() => import('./features/endpoints/EndpointsPage'), 'EndpointsPage')),
    page('/endpoints/$endpoint', lazyRouteComponent(() => import('./features/endpoints/EndpointPage'), 'EndpointPage')),
    page('/lineage', lazyRouteComponent(() => import('./features/lineage/LineagePage'), 'LineagePage'), 'focus', 'up', 'down', 'view'),
    page('/alerts', lazyRouteComponent(() => import('./features/alerts/AlertsPage'), 'AlertsPage')),
    page('/alerts/$alert', lazyRouteComponent(() => import('./features/alerts/AlertPage'), 'AlertPage')),
    page('/policies', lazyRouteComponent(() => import('./features/policy/PoliciesPage'), 'PoliciesPage')),
    page('/policies/$policy', lazyRouteComponent(() => import('./features/policy/PolicyPage'), 'PolicyPage'), 'verdict'),
    page('/policies/$policy/decisions/$decision', lazyRouteComponent(() => import('./features/policy/PolicyPage'), 'PolicyPage'), 'verdict'),
  ];
  return createRouter({ routeTree: root.addChildren([start, ...pages]), history: pageHistory(), scrollRestoration: true, defaultErrorComponent: ({ error }) => <ErrorPanel page error={error as Error} /> });
}

function Gone() {
  return (
    <div className="page">
      <h1>{S.error.gone}</h1>
      <p className="dim">{S.error.goneHow}</p>
      <Go href="/p/default">{S.rooms.home}</Go>
    </div>
  );
}
