// The page's time range stands in the URL: ?t=7d, or ?from and ?to.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useNow } from '../api/clock';
import { DAY_MS, millis } from '../format/time';

export const PRESETS = ['all', '24h', '7d', '30d', '90d'] as const;
export type Preset = (typeof PRESETS)[number];
const LENGTH: Record<Exclude<Preset, 'all'>, number> = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS, '90d': 90 * DAY_MS };
const GRAIN_MS = 60_000;

export interface RangeSearch {
  t?: Preset | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export function readRange(search: Record<string, unknown>): RangeSearch {
  const t = PRESETS.find((p) => p === search.t);
  const from = typeof search.from === 'string' && millis(search.from) !== null ? search.from : undefined;
  const to = typeof search.to === 'string' && millis(search.to) !== null ? search.to : undefined;
  return { t: t === 'all' ? undefined : t, from, to };
}

export interface PageRange {
  from?: string | undefined;
  to?: string | undefined;
}

export function useRange(): PageRange {
  const search: RangeSearch = useSearch({ strict: false });
  const now = useNow();
  if (search.from || search.to) return { from: search.from, to: search.to };
  if (!search.t || search.t === 'all') return {};
  const end = Math.ceil(now / GRAIN_MS) * GRAIN_MS;
  return { from: new Date(end - LENGTH[search.t]).toISOString(), to: new Date(end).toISOString() };
}

// Opening pushes history, tuning replaces it.
export function usePatchSearch(): (patch: Record<string, string | undefined>, how?: 'push' | 'replace') => void {
  const navigate = useNavigate();
  return (patch, how = 'replace') =>
    void navigate({ to: '.', search: ((old: Record<string, unknown>) => ({ ...old, ...patch })) as never, replace: how === 'replace', resetScroll: false });
}
