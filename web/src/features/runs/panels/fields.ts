// Values of fields over many runs as places on axes: numbers straight or by powers, texts by their names.
import { roomy, spanOf, type Span } from '../../../ui/plot/scale';
import { powerTicks, numberTicks, type Tick } from '../../../ui/plot/ticks';
import type { Cell } from '../../../api/workspace';
import { middle } from '../../../format/name';

export interface FieldAxis {
  text: string;
  name: string;
  log: boolean;
  span: Span;               // of numbers
  names: string[] | null;   // of categories, in their order
  places: Float32Array;     // of each run: 0 at the start, 1 at the end, NaN where it has no value
  values: Float64Array;     // as numbers
}

const WIDE = 100;           // times as much: so wide a range is shown by powers by itself
const MOST_NAMES = 40;      // categories with a place of their own; the rest share the last
const NAME_CHARS = 16;

export function numberOf(cell: Cell): number {
  if (typeof cell === 'number') return cell;
  if (cell === null || cell.trim() === '') return NaN;
  return Number(cell);
}

export const plainName = (text: string): string => text.replace(/^(metrics|params|tags)\./, '').replaceAll('`', '');

export function axisOf(text: string, cells: readonly Cell[], log: string | undefined): FieldAxis {
  const values = Float64Array.from(cells, numberOf);
  const told = cells.filter((c) => c !== null && c !== 'NaN').length;
  const numbers = values.filter((v) => Number.isFinite(v)).length;
  const name = plainName(text);
  // Numbers, unless most of what is there is none.
  if (numbers * 2 < told) return categories(text, name, cells);
  const all = spanOf([values]);
  const logs = log === '1' || (log !== '0' && all[0] > 0 && all[1] / all[0] >= WIDE);
  const span = roomy(spanOf([values], logs), logs, 0.02);
  const [from, to] = span;
  const places = Float32Array.from(values, (v) => (!Number.isFinite(v) || (logs && v <= 0) ? NaN : logs ? Math.log(v / from) / Math.log(to / from) : (v - from) / (to - from)));
  return { text, name, log: logs, span, names: null, places, values };
}

function categories(text: string, name: string, cells: readonly Cell[]): FieldAxis {
  const counts = new Map<string, number>();
  for (const cell of cells) if (cell !== null) counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1);
  const names = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_NAMES).map(([n]) => n).sort();
  const place = new Map(names.map((n, i) => [n, names.length > 1 ? i / (names.length - 1) : 0.5]));
  const places = Float32Array.from(cells, (c) => (c === null ? NaN : (place.get(String(c)) ?? 1)));
  return { text, name, log: false, span: [0, 1], names, places, values: Float64Array.from(places) };
}

export function ticksOfAxis({ names, span, log }: FieldAxis, most: number): (Tick & { place: number })[] {
  if (names) {
    const by = Math.max(1, Math.ceil(names.length / most));
    return names.map((n, i) => ({ at: i, text: middle(n, NAME_CHARS), place: names.length > 1 ? i / (names.length - 1) : 0.5 })).filter((_, i) => i % by === 0);
  }
  const [from, to] = span;
  return (log ? powerTicks(from, to, most) : numberTicks(from, to, most)).map((t) => ({ ...t, place: log ? Math.log(t.at / from) / Math.log(to / from) : (t.at - from) / (to - from) }));
}

export type Brush = [low: number, high: number] | null;  // places

// Runs with a value on every axis, within every brush.
export function chosen(axes: readonly FieldAxis[], brushes: readonly Brush[]): { whole: number[]; inside: boolean[] } {
  const count = axes[0]?.places.length ?? 0;
  const whole: number[] = [];
  const inside: boolean[] = [];
  for (let run = 0; run < count; run++) {
    if (axes.some((a) => Number.isNaN(a.places[run]!))) continue;
    whole.push(run);
    inside.push(axes.every((a, i) => {
      const brush = brushes[i];
      return !brush || (a.places[run]! >= brush[0] - 1e-6 && a.places[run]! <= brush[1] + 1e-6);
    }));
  }
  return { whole, inside };
}

// The best share of runs by one axis: those with the least or the greatest values.
export function best(axis: FieldAxis, runs: readonly number[], share: number, least: boolean): Set<number> {
  const sorted = [...runs].sort((a, b) => (least ? 1 : -1) * (axis.places[a]! - axis.places[b]!));
  return new Set(sorted.slice(0, Math.max(1, Math.ceil(runs.length * share))));
}

// The run whose line is nearest to a point between two axes; -1 of none within `most` pixels.
export function nearestRun(axes: readonly FieldAxis[], runs: readonly number[], x: number, y: number, at: { xs: readonly number[]; y: (place: number) => number }, most: number): number {
  const right = at.xs.findIndex((px) => px >= x);
  const left = right <= 0 ? 0 : right - 1;
  const to = right < 0 ? at.xs.length - 1 : Math.max(right, left);
  const from = right < 0 ? to : left;
  const ax = at.xs[from]!;
  const bx = at.xs[to]!;
  const share = bx > ax ? Math.min(1, Math.max(0, (x - ax) / (bx - ax))) : 0;
  let found = -1;
  let least = most;
  for (const run of runs) {
    const a = at.y(axes[from]!.places[run]!);
    const b = at.y(axes[to]!.places[run]!);
    // Steep lines are near beside, not above.
    const away = Math.abs(a + (b - a) * share - y) * (bx > ax ? (bx - ax) / Math.hypot(bx - ax, b - a) : 1);
    if (away < least) {
      least = away;
      found = run;
    }
  }
  return found;
}
