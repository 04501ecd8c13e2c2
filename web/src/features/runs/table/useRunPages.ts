// The pages of a wish, and what was found last for as long as nothing is known of it.
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { readRunPage } from '../../../api/runTable';
import type { RunsWish } from '../../../api/queries';
import { RunPages } from '../pages';
import type { Wanted } from './wanted';

const KEPT = 6;            // wishes whose pages are there at once when the reader goes back
const FRESH_MS = 120_000;

const kept = new Map<string, { pages: RunPages; at: number }>();

export function pagesOf(wish: RunsWish, wanted: Wanted, generation: number): RunPages {
  const key = JSON.stringify([wish.experiment, wish.filter ?? '', wish.sort ?? '', wanted.columns, wanted.sparks, generation]);
  const known = kept.get(key);
  kept.delete(key);
  const entry = known && Date.now() - known.at < FRESH_MS ? known : { pages: new RunPages((at, signal) => readRunPage(wish, wanted.columns, wanted.sparks, at, signal)), at: Date.now() };
  kept.set(key, entry);
  for (const [old, { pages }] of kept) {
    if (kept.size <= KEPT) break;
    pages.stop();
    kept.delete(old);
  }
  return entry.pages;
}

export interface Held {
  pages: RunPages;     // that are shown
  wished: RunPages;    // that are asked for
  version: number;
  waiting: boolean;    // others are asked for
  error: Error | null; // of those
  retry: () => void;
}

// `window`: the rows that are seen, asked of what is to come before it is shown. `generation` makes the same wish new.
export function useRunPages(wish: RunsWish, wanted: Wanted, generation: number, window: () => { first: number; last: number }, asked: boolean): Held {
  const [tries, setTries] = useState(0);
  const wished = useMemo(() => pagesOf(wish, wanted, generation * 1000 + tries), [wish, wanted, generation, tries]);
  const [shown, setShown] = useState(wished);
  const rows = useRef(window);
  rows.current = window;
  useEffect(() => {
    const { first, last } = rows.current();
    if (asked) wished.need(first, last);
  }, [wished, asked]);
  const wishedVersion = useSyncExternalStore(wished.watch, wished.readVersion);
  const ready = wished.known;
  const pages = ready ? wished : shown.known ? shown : wished;
  useEffect(() => {
    if (ready) setShown(wished);
  }, [ready, wished]);
  const version = useSyncExternalStore(pages.watch, pages.readVersion);
  return { pages, wished, version: version + wishedVersion, waiting: asked && !ready && !wished.error, error: wished.error, retry: () => setTries((n) => n + 1) };
}
