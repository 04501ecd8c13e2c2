// What all panels of a page share: whose curves, which x, how smooth, and where the cursor stands.
import { createContext, useContext } from 'react';
import type { RunsWish } from '../../../api/queries';
import type { XAxis } from '../../../api/workspace';
import type { Span } from '../../../ui/plot/scale';
import type { Shown } from '../shown';

// The run that is hovered: lit in the table and in all panels.
export interface Hovered {
  set(id: string | null): void;
  watch(watcher: (id: string | null) => void): () => void;
}

export interface Settings {
  x: XAxis;
  smooth: number;        // half-life in units of x; 0: none
  preview: boolean;      // it is being moved: the browser smooths what it has
  xLog: boolean;
  yLog: boolean;
  clip: boolean;
  zoom: Span | null;
}

export interface Board extends Settings {
  experiment: string;
  wish: RunsWish;
  group: string[];
  shown: readonly Shown[];
  asked: readonly string[];   // runs whose curves are asked for: those shown, and those that were until just now
  total: number | null;       // runs that match
  bus: Hovered;
  cursor: PlotCursor;
  setZoom: (zoom: Span | null) => void;
  project: string;
}

const Context = createContext<Board | null>(null);
export const BoardProvider = Context.Provider;

export function useBoard(): Board {
  const board = useContext(Context);
  if (!board) throw new Error('outside a board');
  return board;
}

const MOST_PINS = 2;

// Lives outside React: it moves at the speed of the pointer, and all panels with it.
export class PlotCursor {
  at: number | null = null;
  panel = '';        // where the pointer is
  pins: readonly number[] = [];
  private readonly watchers = new Set<() => void>();
  private frame = 0;

  set(at: number | null, panel: string): void {
    if (at === this.at && panel === this.panel) return;
    this.at = at;
    this.panel = at === null ? '' : panel;
    this.tell();
  }
  // The third pin takes the place of the oldest; a pin on a pin takes it away.
  pin(at: number, near: number): void {
    const there = this.pins.find((p) => Math.abs(p - at) <= near);
    this.setPins(there === undefined ? [...this.pins, at].slice(-MOST_PINS) : this.pins.filter((p) => p !== there));
  }
  setPins(pins: readonly number[]): void {
    this.pins = pins;
    this.tell();
  }
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }
  // All panels in one frame, however fast the pointer is.
  private tell(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      for (const watcher of this.watchers) watcher();
    });
  }
}
