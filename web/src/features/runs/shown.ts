// The runs that are drawn, with their colours: the first ones of the order and those that were chosen by name, but for the hidden ones.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { namedRunsQuery, topRunsQuery, type RunsWish } from '../../api/queries';
import { assign, lookOf, type Slots } from './colour';
import type { Workspace } from './workspace';

// A run, or a group of runs, that is drawn: its colour and dash are the same in the table, in all panels and in legends.
export interface Shown {
  id: string;      // of the run; of a group the keys that tell it from others, as text
  name: string;
  colour: string;  // a token: 'cat-1' .. 'cat-12', 'text' for the base, 'text3' where colours are used up
  dash: number[];  // lengths in pixels; empty: solid
  base: boolean;   // what others are compared with
  group?: { by: string; value: string | null }[];  // of a group: as POST /series/query answers it
}

export interface Drawn {
  id: string;
  name: string;
  group?: Shown['group'];
}

const KEY = 'gyre.colours.';

function remembered(of: string): Slots {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEY + of) ?? '[]') as [string, number][]);
  } catch {
    return new Map();  // storage is off, or holds what nobody here wrote
  }
}

function remember(of: string, slots: Slots): void {
  try {
    localStorage.setItem(KEY + of, JSON.stringify([...slots]));
  } catch {
    // Colours last until the page is loaded again.
  }
}

// `of`: an experiment, or what else has colours of its own. A run keeps its colour for as long as it is drawn, whatever comes and goes.
export function useColours(of: string, drawn: readonly Drawn[], base: string | undefined): Shown[] {
  const slots = useRef<{ of: string; map: Slots }>({ of: '', map: new Map() });
  return useMemo(() => {
    if (slots.current.of !== of) slots.current = { of, map: remembered(of) };
    const map = assign(slots.current.map, drawn.map((d) => d.id).filter((id) => id !== base));
    slots.current = { of, map };
    remember(of, map);
    return drawn.map((d) => ({ ...d, ...(d.id === base ? { colour: 'text', dash: [] } : lookOf(map.get(d.id))), base: d.id === base }));
  }, [of, drawn, base]);
}

// Undefined while nothing is known of them.
export function useDrawn(wish: RunsWish, { sel, hide, base }: Workspace): Drawn[] | undefined {
  const top = useQuery({ ...topRunsQuery(wish, sel.top), enabled: sel.top > 0 });
  const ids = base && !sel.ids.includes(base) ? [...sel.ids, base] : sel.ids;
  const named = useQuery({ ...namedRunsQuery(wish.experiment, ids), enabled: ids.length > 0 });
  return useMemo(() => {
    const first = sel.top > 0 ? top.data : [];
    const others = ids.length > 0 ? (named.data ?? []) : [];
    if (!first) return undefined;
    const hidden = new Set(hide);
    const known = new Map([...first, ...others].map((run) => [run.id, run]));
    return [...known.values()].filter((run) => !hidden.has(run.id)).map(({ id, name }) => ({ id, name }));
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [top.data, named.data, sel.top, ids.join(), hide.join()]);
}
