// Keys of metrics, parameters and tags that the runs of an experiment have, searched on the server.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ask, ApiError, post } from './client';

export type KeyKind = 'metric' | 'param' | 'tag';
export interface FoundKeys {
  total: number;
  rows: { key: string; runs: number | null }[];
}

const ENTITY: Record<KeyKind, string> = { metric: 'metrics', param: 'params', tag: 'tags' };
const PLAIN = /^[\w\-/:.]+$/;
export const valueOf = (kind: KeyKind, key: string): string => `${ENTITY[kind]}.${PLAIN.test(key) ? key : `\`${key}\``}`;

export const foundKeysQuery = (experiment: string, kind: KeyKind, match: string, limit: number) =>
  queryOptions({
    queryKey: ['keys', 'found', experiment, kind, match, limit],
    queryFn: async ({ signal }): Promise<FoundKeys> => {
      try {
        return await ask<FoundKeys>('GET', `/api/v1/experiments/${encodeURIComponent(experiment)}/keys?${new URLSearchParams({ kind, match, limit: String(limit) })}`, undefined, signal);
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
        return completed(experiment, kind, match, signal);
      }
    },
    placeholderData: keepPreviousData,
    staleTime: 15_000,
    retry: false,
  });

// By what the filter bar suggests, which looks at the newest runs.
async function completed(experiment: string, kind: KeyKind, match: string, signal: AbortSignal): Promise<FoundKeys> {
  const { suggestions, more } = await post('/api/v1/runs/complete', {}, { experiments: experiment ? [experiment] : [], language: 'column', text: `${ENTITY[kind]}.${match}` }, signal);
  const rows = suggestions.filter((s) => s.kind === 'key').map((s) => ({ key: s.text, runs: null }));
  return { total: rows.length + more, rows };
}
