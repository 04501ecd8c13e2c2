// Which line is meant: the one nearest to the pointer, measured in pixels on the screen.
export interface Hit {
  line: number;
  index: number;
  distance: number;
}

// `at`: y in pixels of line i at index j, NaN where there is none. Looks a little to both sides, since steep lines are near beside, not above.
export function nearestLine(xs: ArrayLike<number>, lines: readonly ArrayLike<number>[], px: number, py: number, most: number): Hit | null {
  let best: Hit | null = null;
  for (let i = 0; i < lines.length; i++) {
    const ys = lines[i]!;
    let before = -1;
    for (let j = lowerBound(xs, px - most); j < xs.length; j++) {
      const y = ys[j]!;
      if (y !== y) continue;
      const distance = before < 0 ? Math.hypot(xs[j]! - px, y - py) : toSegment(px, py, xs[before]!, ys[before]!, xs[j]!, y);
      if (distance <= most && (!best || distance < best.distance)) {
        const nearer = before >= 0 && Math.abs(xs[before]! - px) < Math.abs(xs[j]! - px) ? before : j;
        best = { line: i, index: nearer, distance };
      }
      before = j;
      if (xs[j]! > px + most) break;
    }
  }
  return best;
}

function lowerBound(xs: ArrayLike<number>, at: number): number {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

export function toSegment(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return Math.hypot(ax + share * dx - px, ay + share * dy - py);
}
