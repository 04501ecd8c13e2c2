// Views that are saved: shared ones by name, and links for addresses that are too long.
import { queryOptions } from '@tanstack/react-query';
import { ask } from './client';

export interface View<T> {
  id: string;
  kind: string;
  name: string;
  scope: 'link' | 'shared';
  rev: string;
  state: T;
}

export const namedViewQuery = <T>(id: string) => queryOptions({ queryKey: ['views', 'one', id], queryFn: ({ signal }) => ask<View<T>>('GET', `/api/v1/views/${encodeURIComponent(id)}`, undefined, signal), enabled: id !== '', retry: false, staleTime: 60_000 });

export const viewsQuery = <T>(kind: string, subject: string) => queryOptions({ queryKey: ['views', 'list', kind, subject], queryFn: async ({ signal }) => (await ask<{ rows: View<T>[] }>('GET', `/api/v1/views?${new URLSearchParams({ kind, subject })}`, undefined, signal)).rows, retry: false });

export const makeView = <T>(kind: string, subject: string, name: string, state: T) => ask<View<T>>('POST', '/api/v1/views', { kind, subject: name ? subject : '', name, scope: name ? 'shared' : 'link', state });
export const changeView = <T>(view: View<T>, change: { name?: string; state?: T }, rev = view.rev) => ask<View<T>>('PUT', `/api/v1/views/${encodeURIComponent(view.id)}`, change, undefined, { 'if-match': rev });
export const deleteView = <T>(view: View<T>) => ask<View<T>>('DELETE', `/api/v1/views/${encodeURIComponent(view.id)}`);
