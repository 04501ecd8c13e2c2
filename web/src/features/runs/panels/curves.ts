// What the server answers about series, as columns that are drawn; and the smoothing that is shown until it has answered.
export interface GroupKey {
  by: string;
  value: string | null;
}

export interface Curve {
  id: string;          // of its run, or of its group
  key: string;
  run: string | null;
  name: string;
  group: GroupKey[];
  members: number;
  points: number;
  nan: number;
  inf: number;
  firstNan: number | null;
  last: Float32Array;  // NaN where there is none
  min?: Float32Array;
  max?: Float32Array;
  count?: Float32Array;
  smooth?: Float32Array;
  contributing?: Float32Array;
  nans?: Float32Array;  // how many there are in each bucket
}

export interface CurveSet {
  rev: string;
  exact: boolean;
  matched: number;
  drawn: number;
  x: Float64Array;
  reach: [from: number, to: number];  // of the grid: its first and last bucket end there
  view: { low: number; high: number; outside: number } | null;
  curves: Curve[];
}

type Cell = number | null | 'NaN' | 'Infinity' | '-Infinity' | 'Inf' | '-Inf';
const COLUMNS = ['last', 'min', 'max', 'count', 'smooth', 'contributing', 'nan_count'] as const;
type ColumnName = (typeof COLUMNS)[number];

interface LineHead {
  key: string;
  run: string | null;
  name: string;
  group?: GroupKey[];
  members?: number;
  points: number;
  nan: number;
  inf: number;
  first_nan_step: number | null;
}
interface Head {
  rev: string;
  exact: boolean;
  matched: number;
  drawn: number;
  from?: number | null;
  to?: number | null;
  view?: { low: number; high: number; outside: number } | null;
}
export type JsonReply = Head & { x: number[]; lines: (LineHead & Partial<Record<ColumnName, Cell[]>>)[] };

export const groupId = (group: readonly GroupKey[]): string => JSON.stringify(group.map((g) => g.value));

const numberOf = (cell: Cell): number => (cell === null ? NaN : typeof cell === 'number' ? cell : Number(cell.replace(/Inf$/, 'Infinity')));

function curveOf(head: LineHead, columns: Partial<Record<ColumnName, Float32Array>>): Curve {
  const group = head.group ?? [];
  return { id: head.run ?? groupId(group), key: head.key, run: head.run, name: head.name, group, members: head.members ?? 1, points: head.points, nan: head.nan, inf: head.inf, firstNan: head.first_nan_step, last: columns.last ?? new Float32Array(), min: columns.min, max: columns.max, count: columns.count, smooth: columns.smooth, contributing: columns.contributing, nans: columns.nan_count };
}

const setOf = (head: Head, x: Float64Array, curves: Curve[]): CurveSet => ({ rev: head.rev, exact: head.exact, matched: head.matched, drawn: head.drawn, view: head.view ?? null, x, reach: [head.from ?? x[0] ?? NaN, head.to ?? x.at(-1) ?? NaN], curves });

export function fromJson(reply: JsonReply): CurveSet {
  return setOf(reply, Float64Array.from(reply.x), reply.lines.map((line) => curveOf(line, Object.fromEntries(COLUMNS.flatMap((c) => (line[c] ? [[c, Float32Array.from(line[c], numberOf)]] : []))))));
}

const MAGIC = 'GYC1';

// "GYC1", the length of the header, the header, then x as f64 and all other columns as f32, in the order the header names them.
export function fromColumns(buffer: ArrayBuffer): CurveSet {
  const view = new DataView(buffer);
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  if (magic !== MAGIC) throw new Error(`not columns: ${magic}`);
  const length = view.getUint32(4, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))) as ColumnsHead;
  let at = 8 + length;
  const rows = head.places;
  const x = new Float64Array(buffer.slice(at, at + 8 * rows));
  at += 8 * rows;
  const curves = head.lines.map((line) => {
    const columns: Partial<Record<ColumnName, Float32Array>> = {};
    for (const name of line.columns) {
      columns[name] = new Float32Array(buffer.slice(at, at + 4 * rows));
      at += 4 * rows;
    }
    return curveOf(line, columns);
  });
  return setOf(head, x, curves);
}
type ColumnsHead = Head & { places: number; lines: (LineHead & { columns: ColumnName[] })[] };

// The same smoothing that the server does over all points, over the buckets that are here: for the moment while a slider is moved.
// Causal, bias-corrected, by a half-life in units of x; what is not finite is passed over, a constant stays constant.
export function ema(x: ArrayLike<number>, values: ArrayLike<number>, halfLife: number): Float32Array {
  const out = new Float32Array(values.length).fill(NaN);
  let sum = 0;
  let weight = 0;
  let before: number | null = null;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (!Number.isFinite(v)) continue;
    const kept: number = before === null ? 0 : 2 ** (-(x[i]! - before) / halfLife);
    const gain = before === null ? 1 : 1 - kept;
    sum = kept * sum + gain * v;
    weight = kept * weight + gain;
    before = x[i]!;
    out[i] = weight > 0 ? sum / weight : v;
  }
  return out;
}

const STEPS = [1, 2, 5];

// Half-lives a slider offers for a span of x: none, then 1, 2, 5 times powers of ten up to a quarter of it.
export function halfLives(span: number, least: number): number[] {
  const list = [0];
  if (!(span > 0)) return list;
  for (let size = 10 ** Math.floor(Math.log10(least)); list.length < 40; size *= 10)
    for (const step of STEPS) {
      const value = step * size;
      if (value > span / 4) return list;
      if (value >= least) list.push(value);
    }
  return list;
}
