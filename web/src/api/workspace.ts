// What the panels of the runs workspace ask for.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ask, askColumns } from './client';
import type { RunsWish } from './queries';

export type XAxis = 'step' | 'time' | 'relative' | { metric: string };

export interface Select {
  experiments: string[];
  filter: string;
  view: 'ACTIVE_ONLY';
  sort: string[];
  top?: number;  // left out: all, of groups
}
export type Whose = { runs: string[] } | { select: Select };

export interface GroupWish {
  by: string[];
  band: 'deviation' | 'range' | 'confidence' | 'none';
}

export type SeriesWish = Whose & {
  keys: string[];
  x: XAxis;
  from?: number;
  to?: number;
  buckets: number;
  smooth?: number;
  group?: GroupWish;
  outliers: 'keep' | 'clip';
  want: string[];
};

export const selectOf = (wish: RunsWish, top?: number): Select => ({ experiments: wish.experiment ? [wish.experiment] : [], filter: wish.filter ?? '', view: 'ACTIVE_ONLY', sort: wish.sort ? [wish.sort] : [], ...(top !== undefined && { top }) });

// The room 'series' is stale when a run has logged; old curves stay until the new ones are there.
export const curvesQuery = <T>(panel: string, wish: SeriesWish, read: (reply: ArrayBuffer | object) => T) =>
  queryOptions({
    queryKey: ['series', 'query', panel, wish],
    queryFn: async ({ signal }) => read(await askColumns('/api/v1/series/query', wish, signal)),
    placeholderData: (before, query) => (query?.queryKey[2] === panel ? before : undefined),
    retry: false,
  });

export interface DensityWish {
  whose: Whose;
  key: string;
  x: XAxis;
  from?: number;
  to?: number;
  width: number;
  height: number;
  y: { from: number; to: number } | null;
  log: boolean;
  smooth?: number;
}
export interface DensityReply {
  series: number;
  width: number;
  height: number;
  x: { from: number; to: number };
  y: { from: number; to: number };
  max: number;
  cells: string;
}
const flat = ({ whose, ...rest }: DensityWish) => ({ ...whose, ...rest });

export const densityQuery = (wish: DensityWish) =>
  queryOptions({
    queryKey: ['series', 'density', wish],
    queryFn: ({ signal }) => ask<DensityReply>('POST', '/api/v1/series/density', flat(wish), signal),
    placeholderData: keepPreviousData,
    retry: false,
  });

export interface Nearest {
  run: string | null;  // none: no curve is there
  name: string | null;
  x: number;
  y: number;
}
export const nearestRun = (wish: DensityWish, at: { x: number; y: number }, signal?: AbortSignal) => ask<Nearest>('POST', '/api/v1/series/nearest', { ...flat(wish), at }, signal);

export interface KeyPage {
  total: number;
  cursor: string | null;
  rows: { key: string; runs: number }[];
}
export const keysQuery = (experiment: string, kind: 'metric' | 'param' | 'tag', match: string, limit = 100) =>
  infiniteQueryOptions({
    queryKey: ['keys', experiment, kind, match, limit],
    queryFn: ({ pageParam, signal }) => ask<KeyPage>('GET', `/api/v1/experiments/${encodeURIComponent(experiment)}/keys?${new URLSearchParams({ kind, match, limit: String(limit), ...(pageParam && { cursor: pageParam }) })}`, undefined, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled: experiment !== '',
  });

export type Cell = number | string | null;
export interface ColumnsReply {
  total: number;
  ids: string[];
  names: string[];
  columns: { text: string; kind: string; values: Cell[] }[];
}
export const columnsQuery = (wish: RunsWish, columns: string[], limit: number) =>
  queryOptions({
    queryKey: ['runs', 'columns', wish, columns, limit],
    queryFn: ({ signal }) => ask<ColumnsReply>('POST', '/api/v1/runs/columns', { experiments: [wish.experiment], filter: wish.filter ?? '', view: 'ACTIVE_ONLY', sort: wish.sort ? [wish.sort] : [], columns, limit }, signal),
    placeholderData: keepPreviousData,
    enabled: columns.length > 0,
    retry: false,
  });

export interface ImportanceRow {
  param: string;
  kind: 'number' | 'category';
  n: number;
  importance: number;
  low: number;
  high: number;
  pearson: number | null;
  spearman: number | null;
  direction_note?: string;
}
export interface ImportanceReply {
  runs: number;
  used: number;
  rows: ImportanceRow[];
  explained: number | null;
}
export const importanceQuery = (wish: RunsWish, target: string) =>
  queryOptions({
    queryKey: ['runs', 'importance', wish.experiment, wish.filter, target],
    queryFn: ({ signal }) => ask<ImportanceReply>('POST', '/api/v1/runs/importance', { experiments: [wish.experiment], filter: wish.filter ?? '', view: 'ACTIVE_ONLY', target, limit: 30 }, signal),
    placeholderData: keepPreviousData,
    enabled: target !== '',
    retry: false,
  });

export interface SavedView<T> {
  id: string;
  kind: string;
  name: string;
  scope: 'link' | 'shared';
  state: T;
}
export const viewQuery = <T>(id: string) => queryOptions({ queryKey: ['views', id], queryFn: ({ signal }) => ask<SavedView<T>>('GET', `/api/v1/views/${encodeURIComponent(id)}`, undefined, signal), enabled: id !== '', staleTime: Infinity });
export const saveView = <T>(kind: string, state: T) => ask<SavedView<T>>('POST', '/api/v1/views', { kind, name: '', scope: 'link', state });
