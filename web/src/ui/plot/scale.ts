// Values to pixels and back, straight or by powers of ten.
export interface Scale {
  from: number;
  to: number;
  start: number;  // pixels at `from`
  end: number;    // pixels at `to`
  log?: boolean;
}

// NaN where the scale has no place: nothing at or below zero has a logarithm.
export function place({ from, to, start, end, log }: Scale, value: number): number {
  if (log) return value > 0 && from > 0 ? start + (Math.log(value / from) / Math.log(to / from)) * (end - start) : NaN;
  return start + ((value - from) / (to - from)) * (end - start);
}

export function valueAt({ from, to, start, end, log }: Scale, px: number): number {
  const share = (px - start) / (end - start);
  return log ? from * (to / from) ** share : from + share * (to - from);
}

export type Span = [from: number, to: number];
const ROOM = 0.06;
const FLAT = 0.1;  // room around a constant, as a share of it

// What a scale must hold, with air at both ends.
export function roomy([low, high]: Span, log = false, room = ROOM): Span {
  if (!(low <= high)) return log ? [1, 10] : [0, 1];
  if (log) {
    const air = high > low ? (high / low) ** room : 1 + FLAT;
    return [low / air, high * air];
  }
  const air = high > low ? (high - low) * room : (Math.abs(high) || 1) * FLAT;
  return [low - air, high + air];
}

// Least and most of what is finite, and positive on a log scale; the empty span is [Infinity, -Infinity].
export function spanOf(lists: Iterable<ArrayLike<number>>, log = false): Span {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const v = list[i]!;
      if (!(v - v === 0) || (log && v <= 0)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  return [low, high];
}

export const joined = (a: Span, b: Span): Span => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];

// The index whose x is nearest; x rises. -1 of none.
export function nearestIndex(x: ArrayLike<number>, at: number): number {
  let low = 0;
  let high = x.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle;
    else high = middle;
  }
  return Math.abs(x[low]! - at) <= Math.abs(x[high]! - at) ? low : high;
}
