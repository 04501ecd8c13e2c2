// The address as a workspace, and the way to change it. A saved view that the address names stands for all that it holds until something is
// changed; an address that grows too long becomes such a view by itself.
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { makeView, namedViewQuery } from '../../api/views';
import { useLatest } from '../../ui/measure';
import { isBare, readWorkspace,  stateOf, tooLong, withView, writeWorkspace, WORKSPACE_SEARCH, type Workspace, type WorkspaceSearch } from './workspace';

export type How = 'push' | 'replace';
export const VIEW_KIND = 'runs';

export interface InWorkspace {
  search: WorkspaceSearch;  // what the address and the view say together
  workspace: Workspace;
  waiting: boolean;         // for the view
  error: Error | null;      // there is none of that id
  patch: (patch: Partial<Workspace>, how?: How) => void;
  patchSearch: (patch: WorkspaceSearch, how?: How) => void;  // for those who keep parameters of their own
  open: (search: WorkspaceSearch) => void;                   // that, and nothing of what is there
}

const written = (all: WorkspaceSearch): WorkspaceSearch => Object.fromEntries(WORKSPACE_SEARCH.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));

// Opening something pushes history, tuning replaces it.
export function useWorkspace(): InWorkspace {
  const all: WorkspaceSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const named = all.view ?? '';
  const view = useQuery({ ...namedViewQuery<WorkspaceSearch>(named), enabled: named !== '' });
  const text = JSON.stringify(written(withView(all, view.data?.state)));
  const search = useMemo(() => JSON.parse(text) as WorkspaceSearch, [text]);
  const workspace = useMemo(() => readWorkspace(search), [search]);
  const now = useLatest(search);
  // What the view holds is written out, so that everybody on the page reads it from one place.
  const bare = isBare(all);
  useEffect(() => {
    if (bare && view.data && !tooLong(search)) void navigate({ to: '.', search: ((old: Record<string, unknown>) => ({ ...old, ...search })) as never, replace: true, resetScroll: false });
  }, [bare, view.data, search, navigate]);
  return useMemo(() => {
    const go = (next: WorkspaceSearch, how: How) => {
      const clean = Object.fromEntries(WORKSPACE_SEARCH.map((name) => [name, next[name]]));
      void navigate({ to: '.', search: ((old: Record<string, unknown>) => ({ ...old, ...clean })) as never, replace: how === 'replace', resetScroll: false });
      if (!tooLong(next)) return;
      // Where no view can be made the address stays as long as it is.
      void makeView(VIEW_KIND, '', '', stateOf(next)).then((link) => JSON.stringify(stateOf(now.current)) === JSON.stringify(stateOf(next)) && go({ view: link.id }, 'replace')).catch(() => undefined);
    };
    const patchSearch = (patch: WorkspaceSearch, how: How = 'replace') => {
      const next = { ...now.current, ...patch };
      go(isBare(next) && !('view' in patch) ? { ...next, view: undefined } : next, how);  // all that the view holds was taken away
    };
    return {
      search, workspace, waiting: bare && view.isPending, error: bare ? view.error : null, patchSearch,
      patch: (patch, how) => patchSearch(writeWorkspace(patch), how),
      open: (next) => go(next, 'push'),
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [search, workspace, named, bare, view.isPending, view.error, navigate, now]);
}
