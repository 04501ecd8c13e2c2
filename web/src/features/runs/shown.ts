// The runs that are drawn, with their colours.
import { useMemo, useRef } from 'react';
import { assign, lookOf, type Slots } from './colour';

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
