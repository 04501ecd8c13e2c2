// Which runs, or groups of runs, are drawn: the first ones of the order and those that were chosen, and how a line is added or taken away.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { namedRunsQuery, topRunsQuery, type RunsWish } from '../../api/queries';
import type { RunGroup } from '../../api/runTable';
import type { Drawn } from './shown';
import { groupName } from './table/runColumns';
import { groupId } from './table/useLines';
import type { Workspace } from './workspace';

// Undefined while nothing is known of them. `order`: as the rows of the table stand.
export function useDrawn(order: RunsWish, { sel, hide, base, group }: Workspace, groups: readonly RunGroup[] | null, ready: boolean): Drawn[] | undefined {
  const runs = groups === null;
  const top = useQuery({ ...topRunsQuery(order, sel.top), enabled: ready && runs && sel.top > 0 });
  const ids = useMemo(() => (base && !sel.ids.includes(base) ? [...sel.ids, base] : sel.ids), [sel.ids, base]);
  const named = useQuery({ ...namedRunsQuery(order.experiment, ids), enabled: runs && ids.length > 0 });
  const text = JSON.stringify([sel.top, ids, hide, group]);
  return useMemo(() => {
    const hidden = new Set(hide);
    if (groups) {
      const chosen = groups.filter((row, i) => i < sel.top || ids.includes(groupId(row)));
      return chosen.map((row) => ({ id: groupId(row), name: groupName(row), group: group.map((by, i) => ({ by, value: row.keys[i] === null || row.keys[i] === undefined ? null : String(row.keys[i]) })) })).filter((g) => !hidden.has(g.id));
    }
    const first = sel.top > 0 ? top.data : [];
    if (!first) return undefined;
    const known = new Map([...first, ...(ids.length > 0 ? (named.data ?? []) : [])].map((run) => [run.id, run]));
    return [...known.values()].filter((run) => !hidden.has(run.id)).map(({ id, name }) => ({ id, name }));
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [top.data, named.data, groups, text]);
}

// What is drawn by the order is hidden by name; what is not drawn by it is chosen by name.
export function toggled(workspace: Workspace, id: string, isShown: boolean): Partial<Workspace> {
  const { sel, hide, base } = workspace;
  if (!isShown) return hide.includes(id) ? { hide: hide.filter((one) => one !== id) } : { sel: { ...sel, ids: [...sel.ids, id] } };
  const chosen = sel.ids.includes(id);
  return { ...(chosen ? { sel: { ...sel, ids: sel.ids.filter((one) => one !== id) } } : {}), ...(chosen && sel.top === 0 ? {} : { hide: [...hide, id] }), ...(base === id ? { base: undefined } : {}) };
}
