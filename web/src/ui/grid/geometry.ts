// Where columns and rows of a large grid are, and which of them a window shows. Pure, in CSS pixels.
export interface Span {
  first: number;
  last: number;  // inclusive; below `first`: nothing
}

export interface Layout {
  widths: number[];
  pinned: number;  // so many columns from the left stay when the others scroll
  lefts: number[];
  total: number;
}

export function layoutOf(widths: readonly number[], pinned: number): Layout {
  const lefts: number[] = [];
  let at = 0;
  for (const width of widths) {
    lefts.push(at);
    at += width;
  }
  return { widths: [...widths], pinned, lefts, total: at };
}

// Of the columns that scroll: those that any pixel of the window shows, and one more on either side.
export function columnsIn({ widths, pinned, lefts }: Layout, scrollLeft: number, width: number): Span {
  const from = scrollLeft + (lefts[pinned] ?? 0);
  const to = scrollLeft + width;
  let first = pinned;
  while (first < widths.length - 1 && (lefts[first] ?? 0) + (widths[first] ?? 0) <= from) first++;
  let last = first;
  while (last < widths.length - 1 && (lefts[last + 1] ?? 0) < to) last++;
  return { first: Math.max(pinned, first - 1), last: Math.min(widths.length - 1, last + 1) };
}

const BLOCK = 4;  // rows: the window moves by blocks, so that a slow scroll renders seldom
const MORE = 8;   // rows beyond either edge

export function rowsIn(scrollTop: number, height: number, rowHeight: number, total: number): Span {
  const first = Math.floor(scrollTop / rowHeight / BLOCK) * BLOCK - MORE;
  const last = Math.ceil((scrollTop + height) / rowHeight / BLOCK) * BLOCK + MORE;
  return { first: Math.max(0, first), last: Math.min(total, last) - 1 };
}

// Where the scroller must stand so that a row is whole in the window below the head.
export function scrollTo(index: number, rowHeight: number, scrollTop: number, height: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return scrollTop;
}

// A column that is dragged goes where the pointer is: before the first column whose middle is right of it.
export function dropPlace({ lefts, widths, pinned }: Layout, x: number, fixed: number): number {
  for (let i = Math.max(fixed, 0); i < widths.length; i++) if (x < (lefts[i] ?? 0) + (widths[i] ?? 0) / 2) return i;
  return Math.max(widths.length, pinned);
}
