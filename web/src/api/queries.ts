// One query a read of the contract. The first word of a key names the room; live events name it too.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { fileHead, get, loggedModels, post, type Schemas } from './client';

const RUNS_A_PAGE = 100;
const GROUPS = 200;
const BIN_A_PAGE = 100;
const BIN_MOST = 500;  // of one answer
const BIN_PAGES = 20;  // 10,000 items: so many one purge takes
const MODELS_NAMED = 50;
const SUGGESTED_MS = 3000;

export interface Range {
  from?: string | undefined;
  to?: string | undefined;
}

export const clockQuery = queryOptions({ queryKey: ['clock'], queryFn: ({ signal }) => get('/api/v1/clock', {}, signal) });

export const loopQuery = (project: string) =>
  queryOptions({ queryKey: ['loop', project], queryFn: ({ signal }) => get('/api/v1/projects/{project}/loop', { path: { project } }, signal) });

export const inboxQuery = (project: string) =>
  queryOptions({ queryKey: ['inbox', project], queryFn: ({ signal }) => get('/api/v1/projects/{project}/inbox', { path: { project } }, signal) });

export const timelineQuery = (project: string, range: Range, about?: string, limit = 200) =>
  queryOptions({
    queryKey: ['timeline', project, range, about, limit],
    queryFn: ({ signal }) => get('/api/v1/projects/{project}/timeline', { path: { project }, query: { ...range, about, limit } }, signal),
    placeholderData: keepPreviousData,
  });

export const searchQuery = (project: string, q: string) =>
  queryOptions({
    queryKey: ['search', project, q],
    queryFn: ({ signal }) => get('/api/v1/projects/{project}/search', { path: { project }, query: { q } }, signal),
    enabled: q.length > 0,
    placeholderData: keepPreviousData,
  });

export const monitorsQuery = (project: string) =>
  queryOptions({ queryKey: ['monitors', project], queryFn: ({ signal }) => get('/api/v1/monitors', { query: { project } }, signal) });

export const monitorQuery = (project: string, monitor: string) =>
  queryOptions({
    queryKey: ['monitor', project, monitor],
    queryFn: ({ signal }) => get('/api/v1/monitors/{monitor}', { path: { monitor }, query: { project } }, signal),
  });

export const driftQuery = (project: string, monitor: string, range: Range, metric: Schemas['DriftMetric'] = 'js') =>
  queryOptions({
    queryKey: ['drift', project, monitor, range, metric],
    queryFn: ({ signal }) => get('/api/v1/monitors/{monitor}/drift', { path: { monitor }, query: { project, metric, ...range } }, signal),
    placeholderData: keepPreviousData,
    enabled: monitor !== '',
  });

export const distributionQuery = (project: string, monitor: string, feature: string, range: Range) =>
  queryOptions({
    queryKey: ['distribution', project, monitor, feature, range],
    queryFn: ({ signal }) =>
      get('/api/v1/monitors/{monitor}/features/{feature}/distribution', { path: { monitor, feature }, query: { project, ...range } }, signal),
    placeholderData: keepPreviousData,
    enabled: feature !== '',
  });

export const performanceQuery = (project: string, monitor: string, range: Range, metric: Schemas['QualityMetric'] = 'auc') =>
  queryOptions({
    queryKey: ['performance', project, monitor, range, metric],
    queryFn: ({ signal }) => get('/api/v1/monitors/{monitor}/performance', { path: { monitor }, query: { project, metric, ...range } }, signal),
    placeholderData: keepPreviousData,
    enabled: monitor !== '',
  });

export const alertsQuery = (project: string, monitor?: string) =>
  queryOptions({ queryKey: ['alerts', project, monitor], queryFn: ({ signal }) => get('/api/v1/alerts', { query: { project, monitor, limit: 200 } }, signal) });

export const policiesQuery = (project: string) =>
  queryOptions({ queryKey: ['policies', project], queryFn: ({ signal }) => get('/api/v1/policies', { query: { project } }, signal) });

export const policyQuery = (project: string, policy: string) =>
  queryOptions({
    queryKey: ['policy', project, policy],
    queryFn: ({ signal }) => get('/api/v1/policies/{policy}', { path: { policy }, query: { project } }, signal),
  });

export const decisionsQuery = (project: string, policy: string, range: Range) =>
  queryOptions({
    queryKey: ['decisions', project, policy, range],
    queryFn: ({ signal }) => get('/api/v1/policies/{policy}/decisions', { path: { policy }, query: { project, limit: 500, ...range } }, signal),
    placeholderData: keepPreviousData,
  });

export const decisionQuery = (decision: string) =>
  queryOptions({
    queryKey: ['decision', decision],
    queryFn: ({ signal }) => get('/api/v1/decisions/{decision}', { path: { decision } }, signal),
    placeholderData: keepPreviousData,
    enabled: decision !== '',
  });

export const alertQuery = (alert: string) => queryOptions({ queryKey: ['alerts', 'one', alert], queryFn: ({ signal }) => get('/api/v1/alerts/{alert}', { path: { alert } }, signal) });

export const modelsQuery = (project: string) => queryOptions({ queryKey: ['models', project], queryFn: ({ signal }) => get('/api/v1/models', { query: { project } }, signal) });

export const modelQuery = (project: string, model: string) =>
  queryOptions({ queryKey: ['model', project, model], queryFn: ({ signal }) => get('/api/v1/models/{model}', { path: { model }, query: { project } }, signal) });

export const versionQuery = (project: string, model: string, version: string) =>
  queryOptions({
    queryKey: ['model-version', project, model, version],
    queryFn: ({ signal }) => get('/api/v1/models/{model}/versions/{version}', { path: { model, version }, query: { project } }, signal),
  });

export const endpointsQuery = (project: string) => queryOptions({ queryKey: ['endpoints', project], queryFn: ({ signal }) => get('/api/v1/endpoints', { query: { project } }, signal) });

export const endpointQuery = (project: string, endpoint: string) =>
  queryOptions({ queryKey: ['endpoint', project, endpoint], queryFn: ({ signal }) => get('/api/v1/endpoints/{endpoint}', { path: { endpoint }, query: { project } }, signal) });

export const endpointMetricsQuery = (project: string, endpoint: string, range: Range, buckets: number) =>
  queryOptions({
    queryKey: ['endpoint-metrics', project, endpoint, range, buckets],
    queryFn: ({ signal }) => get('/api/v1/endpoints/{endpoint}/metrics', { path: { endpoint }, query: { project, buckets, ...range } }, signal),
    placeholderData: keepPreviousData,
  });

export const pipelinesQuery = (project: string) => queryOptions({ queryKey: ['pipelines', project], queryFn: ({ signal }) => get('/api/v1/pipelines', { query: { project } }, signal) });

export const pipelineRunsQuery = (project: string, pipeline?: string) =>
  queryOptions({ queryKey: ['pipeline-runs', project, pipeline], queryFn: ({ signal }) => get('/api/v1/pipeline-runs', { query: { project, pipeline, limit: 100 } }, signal) });

export const pipelineRunQuery = (run: string) => queryOptions({ queryKey: ['pipeline-run', run], queryFn: ({ signal }) => get('/api/v1/pipeline-runs/{run}', { path: { run } }, signal) });

export const reposQuery = (project: string) => queryOptions({ queryKey: ['repos', project], queryFn: ({ signal }) => get('/api/v1/repos', { query: { project } }, signal) });

export const commitsQuery = (project: string, repo: string, cursor?: string) =>
  queryOptions({
    queryKey: ['commits', project, repo, cursor],
    queryFn: ({ signal }) => get('/api/v1/repos/{repo}/commits', { path: { repo }, query: { project, cursor, limit: 200 } }, signal),
    placeholderData: keepPreviousData,
  });

export const treeQuery = (project: string, repo: string, ref: string | undefined, path: string) =>
  queryOptions({
    queryKey: ['tree', project, repo, ref, path],
    queryFn: ({ signal }) => get('/api/v1/repos/{repo}/tree', { path: { repo }, query: { project, ref, path, limit: 500 } }, signal),
    placeholderData: keepPreviousData,
  });

export const previewQuery = (project: string, repo: string, ref: string | undefined, path: string) =>
  queryOptions({
    queryKey: ['preview', project, repo, ref, path],
    queryFn: ({ signal }) => get('/api/v1/repos/{repo}/preview', { path: { repo }, query: { project, ref, path, limit: 50 } }, signal),
    enabled: path !== '',
  });

export const experimentsQuery = (project: string) => queryOptions({ queryKey: ['experiments', project], queryFn: ({ signal }) => get('/api/v1/experiments', { query: { project } }, signal) });

export interface RunsWish {
  experiment: string;
  filter?: string | undefined;
  sort?: string | undefined;
}
// No experiment: all of them.
const only = (experiment: string) => (experiment ? [experiment] : []);
const wished = ({ experiment, filter }: RunsWish) => ({ experiments: only(experiment), filter: filter ?? '' });

export const runTableQuery = (wish: RunsWish, columns: string[]) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'table', wish, columns],
    queryFn: ({ pageParam, signal }) => post('/api/v1/runs/query', {}, { ...wished(wish), sort: wish.sort ? [wish.sort] : [], columns, limit: RUNS_A_PAGE, count: false, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor ?? undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });

export const runCountQuery = (wish: RunsWish) =>
  queryOptions({
    queryKey: ['runs', 'count', wish.experiment, wish.filter],
    queryFn: async ({ signal }) => (await post('/api/v1/runs/query', {}, { ...wished(wish), limit: 0 }, signal)).total,
    retry: false,
  });

// The first runs of an order, and runs by id: who they are, without columns.
export const topRunsQuery = (wish: RunsWish, top: number) =>
  queryOptions({
    queryKey: ['runs', 'top', wish, top],
    queryFn: async ({ signal }) => (await post('/api/v1/runs/query', {}, { ...wished(wish), sort: wish.sort ? [wish.sort] : [], limit: top, count: false }, signal)).rows,
    placeholderData: keepPreviousData,
    retry: false,
  });

const quoted = (id: string) => `'${id}'`;
export const namedRunsQuery = (experiment: string, ids: readonly string[]) =>
  queryOptions({
    queryKey: ['runs', 'named', experiment, ids],
    queryFn: async ({ signal }) => {
      const filter = `run_id IN (${ids.filter((id) => /^[\w-]+$/.test(id)).map(quoted).join(', ')})`;
      return (await post('/api/v1/runs/query', {}, { experiments: only(experiment), filter, view: 'ALL', limit: ids.length, count: false }, signal)).rows;
    },
    placeholderData: keepPreviousData,
    retry: false,
  });

export const runGroupsQuery = (wish: RunsWish, by: string[], figures: string[]) =>
  queryOptions({
    queryKey: ['runs', 'groups', wish, by, figures],
    queryFn: ({ signal }) => post('/api/v1/runs/groups', {}, { ...wished(wish), by, figures, sort: wish.sort ?? '', limit: GROUPS }, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });

export type Language = 'filter' | 'sort' | 'column';
// With the text and the place that it answers, so that what comes late takes the place of nothing else.
export const completionQuery = (experiment: string, language: Language, text: string, cursor: number) =>
  queryOptions({
    queryKey: ['complete', experiment, language, text, cursor],
    queryFn: async ({ signal }) => ({ text, cursor, ...(await post('/api/v1/runs/complete', {}, { experiments: only(experiment), language, text, cursor }, signal)) }),
    placeholderData: keepPreviousData,
    staleTime: SUGGESTED_MS,
    retry: false,
  });

export const runQuery = (run: string) => queryOptions({ queryKey: ['run', run], queryFn: ({ signal }) => get('/api/v1/runs/{run}', { path: { run } }, signal) });

export const CHILDREN_SHOWN = 20;
export const childRunsQuery = (experiment: string, filter: string) =>
  queryOptions({
    queryKey: ['runs', 'children', experiment, filter],
    queryFn: ({ signal }) => post('/api/v1/runs/query', {}, { experiments: only(experiment), filter, sort: ['start_time'], columns: ['duration'], limit: CHILDREN_SHOWN }, signal),
    retry: false,
  });

const LATEST = 10;
export const latestRunsQuery = queryOptions({ queryKey: ['runs', 'latest'], queryFn: ({ signal }) => post('/api/v1/runs/query', {}, { sort: ['start_time DESC'], columns: ['duration'], limit: LATEST }, signal), retry: false });

export const FILE_HEAD = 64 << 10;  // bytes of a file that a preview reads
export const fileHeadQuery = (run: string, path: string) =>
  queryOptions({ queryKey: ['file-head', run, path], queryFn: async ({ signal }) => ({ text: await fileHead(run, path, FILE_HEAD, signal) }), retry: false });

export const seriesQuery = (run: string) =>
  queryOptions({ queryKey: ['series', run], queryFn: ({ signal }) => get('/api/v1/runs/{run}/series', { path: { run } }, signal), placeholderData: keepPreviousData });

export const lineageQuery = (project: string, focus: string, up: number, down: number) =>
  queryOptions({
    queryKey: ['lineage', project, focus, up, down],
    queryFn: ({ signal }) => get('/api/v1/lineage', { query: { project, focus, up, down } }, signal),
    placeholderData: keepPreviousData,
    enabled: focus !== '',
  });

export const retentionQuery = queryOptions({ queryKey: ['retention'], queryFn: ({ signal }) => get('/api/v1/retention', {}, signal) });

export const binQuery = infiniteQueryOptions({
  queryKey: ['retention', 'bin'],
  queryFn: ({ pageParam, signal }) => get('/api/v1/retention/bin', { query: { cursor: pageParam, limit: BIN_A_PAGE } }, signal),
  initialPageParam: '',
  getNextPageParam: (last) => last.cursor ?? undefined,
  placeholderData: keepPreviousData,
});

export type BinOf = NonNullable<Parameters<typeof get<'/api/v1/retention/bin'>>[1]['query']>;
export const WHOLE_BIN: BinOf = {};

// What a plan goes by: from the oldest on, so much of it as one purge takes.
export const binPartQuery = (of: BinOf) =>
  queryOptions({
    queryKey: ['retention', 'bin', 'part', of],
    queryFn: async ({ signal }) => {
      const rows: Schemas['BinList']['rows'] = [];
      let total = 0;
      let cursor: string | null = '';
      for (let page = 0; page < BIN_PAGES && cursor !== null; page++) {
        const part: Schemas['BinList'] = await get('/api/v1/retention/bin', { query: { ...of, cursor, limit: BIN_MOST } }, signal);
        rows.push(...part.rows);
        total = part.total;
        cursor = part.cursor;
      }
      return { rows, total };
    },
  });

// The logged models of an experiment that are not deleted: they go with it.
export const loggedModelsQuery = (experiment: string) =>
  queryOptions({ queryKey: ['retention', 'models', experiment], queryFn: () => loggedModels(experiment, MODELS_NAMED), enabled: experiment !== '' });

export const retentionRulesQuery = queryOptions({ queryKey: ['retention', 'rules'], queryFn: ({ signal }) => get('/api/v1/retention/rules', {}, signal) });

export const retentionQuotasQuery = queryOptions({ queryKey: ['retention', 'quotas'], queryFn: ({ signal }) => get('/api/v1/retention/quotas', {}, signal) });

export const retentionPlanQuery = (rule: Schemas['NewRetentionRule']) =>
  queryOptions({ queryKey: ['retention', 'plan', rule], queryFn: ({ signal }) => post('/api/v1/retention/plan', {}, rule, signal), placeholderData: keepPreviousData, retry: false });
