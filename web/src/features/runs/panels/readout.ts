// What the lines of a panel are worth at a place of x.
import type { Drawn } from './lineScene';

export interface Reading {
  line: number;
  value: number;
  raw: number;
  index: number;  // of the bucket it stands in
}

// The last point at or before a bucket, as long as the line has not ended there.
export function readingAt(values: ArrayLike<number>, index: number): number {
  let last = values.length - 1;
  while (last >= 0 && values[last] !== values[last]) last--;
  if (index > last) return -1;
  for (let i = index; i >= 0; i--) if (values[i] === values[i]) return i;
  return -1;
}

export function readings(lines: readonly Drawn[], index: number): Reading[] {
  const list: Reading[] = [];
  lines.forEach(({ curve }, line) => {
    const values = curve.smooth ?? curve.last;
    const at = readingAt(values, index);
    if (at >= 0) list.push({ line, value: values[at]!, raw: curve.last[at]!, index: at });
  });
  return list.sort((a, b) => b.value - a.value);
}
