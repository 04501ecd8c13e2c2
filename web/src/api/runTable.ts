// What the table of runs asks for: pages by cursor or place, newer figures of what is seen, and acts on many runs.
import { queryOptions } from '@tanstack/react-query';
import { ask, post, type Schemas } from './client';
import type { RunsWish } from './queries';
import type { PageAsk } from '../features/runs/pages';

const only = (experiment: string) => (experiment ? [experiment] : []);
const LIVE_MS = 3000;
const PARENTS = 500;  // the server's most

export type RunRow = Schemas['RunTable']['rows'][number] & { sparks?: ((number | null)[] | null)[] };
export type RunGroup = Schemas['RunGroups']['rows'][number];

export const readRunPage = (wish: RunsWish, columns: string[], sparks: string[], at: PageAsk, signal: AbortSignal) =>
  post('/api/v1/runs/query', {}, { experiments: only(wish.experiment), filter: wish.filter ?? '', sort: wish.sort ? [wish.sort] : [], columns, ...(sparks.length > 0 && { sparks }), limit: at.limit, count: false, ...(at.cursor ? { cursor: at.cursor } : at.offset > 0 && { offset: at.offset }) }, signal);

// Of the runs in the window, as they are now. Asked again when anything happens to a run, and now and then while one of them runs.
export const seenRunsQuery = (experiment: string, ids: readonly string[], columns: string[], sparks: string[], running: boolean) =>
  queryOptions({
    queryKey: ['runs', 'seen', experiment, ids, columns, sparks],
    queryFn: async ({ signal }) =>
      (await post('/api/v1/runs/query', {}, { experiments: only(experiment), filter: `run_id IN (${ids.map((id) => `'${id}'`).join(', ')})`, view: 'ALL', columns, ...(sparks.length > 0 && { sparks }), limit: ids.length, count: false }, signal)).rows,
    enabled: ids.length > 0,
    staleTime: LIVE_MS,
    refetchInterval: running ? LIVE_MS : false,
    retry: false,
  });

// Which runs have children, and how many; the largest families first.
export const parentsQuery = (experiment: string) =>
  queryOptions({
    queryKey: ['runs', 'parents', experiment],
    queryFn: async ({ signal }) => {
      const { rows, total } = await post('/api/v1/runs/groups', {}, { experiments: only(experiment), filter: 'parent_run_id IS NOT NULL', by: ['parent_run_id'], limit: PARENTS }, signal);
      return { total, children: new Map(rows.map((row) => [String(row.keys[0]), row.runs])) };
    },
    staleTime: 60_000,
    retry: false,
  });

export interface BulkOrder {
  runs?: string[];
  select?: { experiments: string[]; filter?: string; sort?: string[]; top?: number };
  action: 'archive' | 'restore' | 'tag' | 'untag' | 'stop' | 'resume';
  tags?: Record<string, string>;
  keys?: string[];
}
export interface BulkOutcome {
  matched: number;
  changed: number;
  more: boolean;
  skipped_total: number;
  skipped: { id: string; why: string }[];
  undo: BulkOrder[];
}
export const changeRuns = (order: BulkOrder) => ask<BulkOutcome>('POST', '/api/v1/runs/bulk', order);
