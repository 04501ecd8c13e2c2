// The runs that are selected for what is done to many at once.
import { useCallback, useMemo, useRef, useState } from 'react';
import { isGroup, type Lines } from './useLines';

export interface Marks {
  ids: ReadonlySet<string>;
  names: ReadonlyMap<string, string>;
  mark: (place: number, range: boolean) => void;  // toggles it; with `range` all from the one before
  all: (ids: ReadonlyMap<string, string>) => void;
  clear: () => void;
}

export function useMarks(lines: Lines): Marks {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const anchor = useRef<number | null>(null);
  const now = useRef(lines);
  now.current = lines;
  const mark = useCallback((place: number, range: boolean) => {
    const from = range && anchor.current !== null ? Math.min(anchor.current, place) : place;
    const to = range && anchor.current !== null ? Math.max(anchor.current, place) : place;
    anchor.current = place;
    setNames((old) => {
      const next = new Map(old);
      for (let at = from; at <= to; at++) {
        const row = now.current.at(at);
        if (!row || isGroup(row)) continue;
        if (range || !next.delete(row.id)) next.set(row.id, row.name);
      }
      return next;
    });
  }, []);
  const clear = useCallback(() => setNames(new Map()), []);
  const ids = useMemo(() => new Set(names.keys()), [names]);
  return { ids, names, mark, all: setNames, clear };
}
