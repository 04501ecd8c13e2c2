// The panels of a page: those the address tells, or a view that it names, or else those that the keys of the experiment make by themselves.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSearch } from '@tanstack/react-router';
import { keysQuery, saveView, viewQuery } from '../../../api/workspace';
import { useLater } from '../../../ui/later';
import { usePatchSearch } from '../../../ui/range';
import { S } from '../../../strings';
import { readLayout, writeLayout, type Section } from './layout';
import { usualSections } from './split';

const LONG = 1200;         // characters in the address; more is kept by the server
const VIEW = '@';          // then this, and the id of the view
const KEYS_A_PAGE = 200;
const STILL_MS = 150;

export interface Sections {
  sections: Section[];
  set: (sections: Section[]) => void;
  reset: (() => void) | null;
  total: number;              // metrics in all
  listed: number;             // of them in the panels that came by themselves
  more: (() => void) | null;
  found: boolean;             // these are what was searched for
  loading: boolean;
  error: Error | null;
  retry: () => void;
}

export function useSections(experiment: string, find: string): Sections {
  const search: { panels?: string } = useSearch({ strict: false });
  const patch = usePatchSearch();
  const text = search.panels;
  const viewId = text?.startsWith(VIEW) ? text.slice(VIEW.length) : '';
  const view = useQuery(viewQuery<{ panels?: string }>(viewId));
  const match = useLater(find.trim(), STILL_MS);
  const keys = useInfiniteQuery(keysQuery(experiment, 'metric', match, KEYS_A_PAGE));
  const names = useMemo(() => keys.data?.pages.flatMap((p) => p.rows.map((r) => r.key)), [keys.data]);
  const [draft, setDraft] = useState<Section[] | null>(null);
  const written = viewId ? view.data?.state.panels : text;
  useEffect(() => setDraft(null), [text]);
  const sections = useMemo(() => {
    if (match) return usualSections(names ?? [], S.panels.general);
    return draft ?? (written !== undefined ? readLayout(written) : names ? usualSections(names, S.panels.general) : []);
  }, [match, draft, written, names]);
  const write = useRef(0);
  const set = useCallback(
    (next: Section[]) => {
      setDraft(next);
      const own = ++write.current;
      const layout = writeLayout(next);
      const put = (value: string | undefined) => own === write.current && patch({ panels: value });
      if (layout.length <= LONG) put(layout || undefined);
      else void saveView('runs-panels', { panels: layout }).then((saved) => put(`${VIEW}${saved.id}`), () => put(layout));
    },
    [patch],
  );
  return {
    sections,
    set,
    reset: text === undefined && !draft ? null : () => {
      write.current++;
      setDraft(null);
      patch({ panels: undefined });
    },
    total: keys.data?.pages[0]?.total ?? 0,
    listed: names?.length ?? 0,
    more: keys.hasNextPage && (match !== '' || written === undefined) ? () => void keys.fetchNextPage() : null,
    found: match !== '',
    loading: keys.isPending || (viewId !== '' && view.isPending),
    error: written === undefined ? (view.error ?? keys.error) : null,
    retry: () => void (viewId && view.error ? view.refetch() : keys.refetch()),
  };
}
