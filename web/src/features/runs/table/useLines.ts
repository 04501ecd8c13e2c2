// Lines of the table: runs, runs with their children below them, or groups with their runs below them.
import { useCallback, useMemo, useState } from 'react';
import type { RunGroup, RunRow } from '../../../api/runTable';
import type { RunsWish } from '../../../api/queries';
import { Branch, type Line, type Source } from '../lines';
import { pagesOf } from './useRunPages';
import type { Wanted } from './wanted';

export type TableRow = RunRow | RunGroup;
export const isGroup = (row: TableRow): row is RunGroup => 'keys' in row;
// Without commas, so that it may stand in the address beside others.
export const groupId = (row: RunGroup): string => row.keys.map((key) => (key === null ? '~' : encodeURIComponent(String(key)))).join(';');

const and = (filter: string | undefined, more: string) => (filter ? `(${filter}) AND ${more}` : more);
export const childrenOf = (id: string) => `parent_run_id = '${id}'`;

export interface Lines {
  root: Branch<TableRow>;
  at: (place: number) => TableRow | undefined;
  line: (place: number) => Line<TableRow> | undefined;
  isOpen: (place: number) => boolean;
  toggle: (place: number) => void;
  version: number;
}

// `source` is the same for as long as its rows stand where they stood.
export function useLines(source: Source<TableRow>, sourceVersion: number, wish: RunsWish, wanted: Wanted): Lines {
  const [folds, setFolds] = useState(0);
  const root = useMemo(() => new Branch<TableRow>(source), [source]);
  const again = useCallback(() => setFolds((n) => n + 1), []);
  const toggle = useCallback(
    (place: number) => {
      const line = root.line(place);
      if (!line?.row) return;
      if (line.branch.isOpen(line.index)) line.branch.fold(line.index);
      else {
        const below = isGroup(line.row) ? { ...wish, filter: line.row.filter === null ? wish.filter : and(wish.filter, line.row.filter), sort: undefined } : { ...wish, filter: childrenOf(line.row.id), sort: undefined };
        const pages = pagesOf(below, wanted, 0);
        if (isGroup(line.row)) pages.setTotal(line.row.runs);
        pages.watch(again);
        line.branch.unfold(line.index, pages);
        pages.need(0, 0);
      }
      again();
    },
    [root, wish, wanted, again],
  );
  return useMemo(
    () => ({
      root,
      at: (place: number) => root.line(place)?.row,
      line: (place: number) => root.line(place),
      isOpen: (place: number) => {
        const line = root.line(place);
        return line?.branch.isOpen(line.index) ?? false;
      },
      toggle,
      version: sourceVersion + folds,
    }),
    [root, toggle, sourceVersion, folds],
  );
}
