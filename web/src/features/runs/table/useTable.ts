// What the table shows: runs as they stand, runs with their children below them, or groups.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Schemas } from '../../../api/client';
import { parentsQuery, type RunGroup, type RunRow } from '../../../api/runTable';
import { runCountQuery, runGroupsQuery, type RunsWish } from '../../../api/queries';
import type { Source } from '../lines';
import { RunPages } from '../pages';
import { readSort } from '../values';
import type { TableRow } from './useLines';
import { useRunPages } from './useRunPages';
import { wantedOf, type Wanted } from './wanted';

export interface TableData {
  source: Source<TableRow>;
  version: number;
  wish: RunsWish;       // of the rows below what is opened, and of what is drawn
  order: RunsWish;      // as the rows stand
  wanted: Wanted;
  server: Schemas['RunColumn'][];
  sample: readonly RunRow[];
  children: ReadonlyMap<string, number> | null;
  by: Schemas['RunColumn'][];
  figures: string[];
  groups: RunGroup[] | null;
  total: number | null;  // runs that match
  fresh: number;         // of them came since the table was read
  refresh: () => void;
  waiting: boolean;
  known: boolean;
  error: Error | null;
  retry: () => void;
}

const NO_GROUPS: RunGroup[] = [];
const NO_COLUMNS: Schemas['RunColumn'][] = [];
const SAMPLE = 200;
export const ROOTS = 'parent.run_id IS NULL';

// What has a mean. The server refuses what has none; here texts that are never numbers are left out.
export const figuresOf = (texts: readonly string[]): string[] => texts.filter((t) => /^(metrics\.|duration)|[-+*/] /.test(t)).slice(0, 16);

export function sortsGroups(sort: string, by: readonly string[], figures: readonly string[]): boolean {
  const key = readSort(sort).by;
  return key === 'runs' || by.includes(key) || figures.includes(key);
}

export function useTable(wish: RunsWish, by: string[], texts: string[], ready: boolean, window: () => { first: number; last: number }): TableData {
  const [generation, setGeneration] = useState(0);
  const wanted = useMemo(() => wantedOf(texts), [texts]);
  const grouped = by.length > 0;
  const figures = useMemo(() => figuresOf(wanted.columns), [wanted]);
  const sort = wish.sort && (!grouped || sortsGroups(wish.sort, by, figures)) ? wish.sort : undefined;
  const parents = useQuery(parentsQuery(wish.experiment));
  // Children are found below their parents, where runs stand by their start; whoever asks for something else gets all that match.
  const nests = !grouped && !wish.sort && !wish.filter && !parents.error;
  const order = useMemo(() => ({ experiment: wish.experiment, filter: nests ? ROOTS : wish.filter, sort }), [wish.experiment, wish.filter, nests, sort]);
  const runs = useRunPages(order, wanted, generation, window, ready && !grouped);
  const count = useQuery(runCountQuery({ experiment: wish.experiment, filter: wish.filter }));
  const groups = useQuery({ ...runGroupsQuery({ ...wish, sort }, by, figures), enabled: grouped && ready });

  const inFamilies = nests ? [...(parents.data?.children.values() ?? [])].reduce((sum, n) => sum + n, 0) : 0;
  const total = count.data ?? null;
  const first = useRef<{ pages: RunPages; total: number } | null>(null);
  useEffect(() => {
    if (total === null || count.isPlaceholderData || (nests && !parents.data)) return;
    if (first.current?.pages !== runs.wished) first.current = { pages: runs.wished, total };
    runs.wished.setTotal(first.current.total - inFamilies);
  }, [runs.wished, total, count.isPlaceholderData, inFamilies, nests, parents.data]);
  const fresh = !grouped && total !== null && first.current?.pages === runs.pages ? Math.max(0, total - first.current.total) : 0;

  const rows = grouped ? (groups.data?.rows ?? NO_GROUPS) : null;
  const groupSource = useMemo((): Source<TableRow> => ({ size: rows?.length ?? 0, at: (i) => rows?.[i], need: () => undefined }), [rows]);
  const known = runs.pages.known;
  const sample = useMemo(() => (known ? (runs.pages.rows().slice(0, SAMPLE) as RunRow[]) : []), [runs.pages, known]);
  return {
    source: grouped ? groupSource : runs.pages, version: runs.version, wish, order, wanted,
    server: grouped ? NO_COLUMNS : runs.pages.columns, sample, children: nests && parents.data && parents.data.total > 0 ? parents.data.children : null,
    by: grouped ? (groups.data?.by ?? by.map((text) => ({ text, kind: 'text' as const }))) : NO_COLUMNS, figures, groups: rows,
    total, fresh, refresh: () => setGeneration((n) => n + 1),
    waiting: grouped ? groups.isFetching && groups.isPlaceholderData : runs.waiting, known: grouped ? groups.data !== undefined : known,
    error: (grouped ? groups.error : runs.error) ?? (known ? null : count.error), retry: () => (grouped ? void groups.refetch() : runs.retry()),
  };
}
