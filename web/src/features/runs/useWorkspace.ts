// The address as a workspace, and the way to change it.
import { useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { usePatchSearch } from '../../ui/range';
import { readWorkspace, writeWorkspace, WORKSPACE_SEARCH, type Workspace, type WorkspaceSearch } from './workspace';

export type How = 'push' | 'replace';

export interface InWorkspace {
  search: WorkspaceSearch;
  workspace: Workspace;
  patch: (patch: Partial<Workspace>, how?: How) => void;
  patchSearch: (patch: WorkspaceSearch, how?: How) => void;  // for those who keep parameters of their own
}

// Opening something pushes history, tuning replaces it.
export function useWorkspace(): InWorkspace {
  const all: WorkspaceSearch = useSearch({ strict: false });
  const patchAll = usePatchSearch();
  const text = JSON.stringify(WORKSPACE_SEARCH.map((name) => all[name] ?? null));
  const search = useMemo(() => Object.fromEntries((JSON.parse(text) as (string | null)[]).flatMap((value, i) => (value === null ? [] : [[WORKSPACE_SEARCH[i], value]]))) as WorkspaceSearch, [text]);
  const workspace = useMemo(() => readWorkspace(search), [search]);
  const patchSearch = (patch: WorkspaceSearch, how: How = 'replace') => patchAll(patch, how);
  return { search, workspace, patchSearch, patch: (patch, how) => patchSearch(writeWorkspace(patch), how) };
}
