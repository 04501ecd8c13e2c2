// Which rows and columns are in the window of a scroller. State changes by blocks of rows and whole columns only; sizes come from an observer,
// so that no scroll event measures what it has just changed.
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import { columnsIn, rowsIn, type Layout, type Span } from './geometry';

interface Window {
  rows: Span;
  columns: Span;
}

const same = (a: Span, b: Span) => a.first === b.first && a.last === b.last;

export function useScroll(layout: Layout, rowHeight: number, headHeight: number, total: number) {
  const box = useRef<HTMLDivElement | null>(null);
  const size = useRef({ width: 800, height: 600 });
  const wanted = useRef({ layout, rowHeight, headHeight, total });
  wanted.current = { layout, rowHeight, headHeight, total };
  const read = useCallback((): Window => {
    const { layout: now, rowHeight: high, headHeight: head, total: all } = wanted.current;
    const { width, height } = size.current;
    const [top, left] = [box.current?.scrollTop ?? 0, box.current?.scrollLeft ?? 0];
    return { rows: rowsIn(top, Math.max(0, height - head), high, all), columns: columnsIn(now, left, width) };
  }, []);
  const [window, setWindow] = useState<Window>(read);
  const look = useCallback(() => setWindow((old) => {
    const next = read();
    return same(old.rows, next.rows) && same(old.columns, next.columns) ? old : next;
  }), [read]);
  useLayoutEffect(look, [look, layout, rowHeight, headHeight, total]);
  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    const take = () => {
      size.current = { width: node.clientWidth, height: node.clientHeight };
      look();
    };
    take();
    const observer = new ResizeObserver(take);
    observer.observe(node);
    return () => observer.disconnect();
  }, [look]);
  return { box, size, window, look };
}
