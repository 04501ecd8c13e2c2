// Panels one under another that share one time axis, one cursor and one set of flags.
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useWidth } from './measure';

export interface TimeFrame {
  from: number;
  to: number;
  width: number;  // of the whole stack
  left: number;   // gutter for names and y ticks
  right: number;  // gutter for end labels
  narrow: boolean;  // titles stand above, not beside
  cursor: CursorBus;
  x: (ms: number) => number;
  time: (px: number) => number;
}

// The cursor lives outside React: it moves at the speed of the pointer.
export class CursorBus {
  at: number | null = null;
  private readonly watchers = new Set<(at: number | null) => void>();
  set(at: number | null): void {
    if (at === this.at) return;
    this.at = at;
    for (const watcher of this.watchers) watcher(at);
  }
  watch(watcher: (at: number | null) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }
}

const Frame = createContext<TimeFrame | null>(null);

export function useFrame(): TimeFrame {
  const frame = useContext(Frame);
  if (!frame) throw new Error('outside a TimeStack');
  return frame;
}

const NARROW_PX = 560;
const NARROW_LEFT_PX = 96;
const NARROW_RIGHT_PX = 64;

export function TimeStack({ from, to, left: wideLeft = 132, right: wideRight = 64, children }: { from: number; to: number; left?: number; right?: number; children: ReactNode }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const cursor = useRef(new CursorBus()).current;
  const narrow = width < NARROW_PX;
  const left = narrow ? Math.min(wideLeft, NARROW_LEFT_PX) : wideLeft;
  const right = narrow ? Math.min(wideRight, NARROW_RIGHT_PX) : wideRight;
  const frame = useMemo<TimeFrame>(() => {
    const inner = Math.max(1, width - left - right);
    return { from, to, width, left, right, narrow, cursor, x: (ms) => left + ((ms - from) / (to - from)) * inner, time: (px) => from + ((px - left) / inner) * (to - from) };
  }, [from, to, width, left, right, narrow, cursor]);
  return (
    <div ref={box} className="time-stack" onPointerLeave={() => cursor.set(null)}>
      {width > 0 && (
        <Frame.Provider value={frame}>
          {children}
          <CursorLine />
        </Frame.Provider>
      )}
    </div>
  );
}

// One line through all panels.
function CursorLine() {
  const { x } = useFrame();
  const at = useCursor();
  return at === null ? null : <i className="cursor-line" style={{ left: x(at) }} />;
}

export function useCursor(): number | null {
  const { cursor } = useFrame();
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => cursor.watch(setAt), [cursor]);
  return at;
}
