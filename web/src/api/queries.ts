// One query a read of the contract. The first word of a key names the room; live events name it too.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get, type Schemas } from './client';

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
