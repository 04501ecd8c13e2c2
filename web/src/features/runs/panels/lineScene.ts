// A panel of lines as a scene: axes, envelopes, lines, what is not finite, and labels at the ends.
import { foldNames } from '../../../format/foldNames';
import { spread } from '../../../ui/plot/labels';
import { place, type Scale, type Span } from '../../../ui/plot/scale';
import type { Box, Item, Raster, Scene } from '../../../ui/plot/scene';
import { ticksOf, type AxisKind, type Tick } from '../../../ui/plot/ticks';
import type { Curve } from './curves';

export interface Drawn {
  curve: Curve;
  name: string;
  ink: string;     // name of a token
  dash: readonly number[];
  base: boolean;
  label: string;   // at its end; '' of none
}

export interface LineWish {
  width: number;
  height: number;
  x: ArrayLike<number>;
  lines: readonly Drawn[];
  xSpan: Span;
  ySpan: Span;
  xLog: boolean;
  yLog: boolean;
  axis: AxisKind;
  labels: boolean;     // room for them is kept, so that no line moves when one goes
  envelope: boolean;   // min to max of a bucket, or the band of a group
  statistic: boolean;  // the band is one of a group: darker, with edges
  raster?: { cells: Raster; x: Span; y: Span } | null;
}

export interface EndLabel {
  line: number;
  y: number;
  text: string;
}

export interface LineScene extends Scene {
  labels: EndLabel[];       // drawn by the page itself, since they change with the cursor
  xScale: Scale;
  yScale: Scale;
  px: Float64Array;         // pixels of x
  py: Float32Array[];       // pixels of what is drawn of each line; NaN where there is none
}

export const LABELLED = 12;   // lines with a label and an envelope at most
const RAIL_PX = 12;           // under the axis, for what is not finite
const AXIS_PX = 18;
const TOP_PX = 8;
const TICK_CHAR_PX = 6.3;
const LABEL_PX = 13;
const X_ROOM_PX = 68;
const Y_ROOM_PX = 32;
const MOST_Y_TICKS = 5;
const RAW_ALPHA = 0.22;
const BASE_WIDTH = 2.5;
const LINE_WIDTH = 1.5;
const MANY_WIDTH = 1.1;
const MARK_PX = 4;
const APART_PX = 11;          // marks of one line that are nearer are one

export const gutterOf = (width: number, labels: boolean): number => (!labels || width < 240 ? 12 : Math.round(Math.min(116, Math.max(72, width * 0.34))));
export const labelChars = (gutter: number): number => Math.floor((gutter - 12) / TICK_CHAR_PX);

export function lineScene(wish: LineWish): LineScene {
  const yMost = Math.min(MOST_Y_TICKS, Math.max(2, Math.floor((wish.height - TOP_PX - RAIL_PX - AXIS_PX) / Y_ROOM_PX)));
  const yTicks = ticksOf('number', wish.ySpan[0], wish.ySpan[1], yMost, wish.yLog);
  const left = Math.max(34, Math.ceil(Math.max(0, ...yTicks.map((t) => t.text.length)) * TICK_CHAR_PX) + 10);
  const box: Box = { left, top: TOP_PX, right: wish.width - gutterOf(wish.width, wish.labels), bottom: wish.height - RAIL_PX - AXIS_PX };
  const xScale: Scale = { from: wish.xSpan[0], to: wish.xSpan[1], start: box.left, end: box.right, log: wish.xLog };
  const yScale: Scale = { from: wish.ySpan[0], to: wish.ySpan[1], start: box.bottom, end: box.top, log: wish.yLog };
  const xTicks = ticksOf(wish.axis, wish.xSpan[0], wish.xSpan[1], Math.max(2, Math.floor((box.right - box.left) / X_ROOM_PX)), wish.xLog);
  const px = Float64Array.from(wish.x, (v) => place(xScale, v));
  const ink: Item[] = wish.raster ? [rasterItem(wish.raster, xScale, yScale)] : [];
  const py = wish.lines.map(({ curve }) => Float32Array.from(curve.smooth ?? curve.last, (v) => place(yScale, v)));
  const order = wish.lines.map((_, i) => i).sort((a, b) => Number(wish.lines[a]!.base) - Number(wish.lines[b]!.base));
  if (wish.envelope) for (const i of order) ink.push(...envelope(wish.lines[i]!, px, yScale, wish.statistic));
  for (const i of order) ink.push(...strokes(wish.lines[i]!, px, py[i]!, yScale, wish.lines.length > LABELLED));
  const front = wish.lines.flatMap((line) => notFinite(line, px, box));
  const labels = wish.labels ? endLabels(wish.lines, px, py, box, wish.width) : [];
  return { width: wish.width, height: wish.height, box, back: axes(xTicks, yTicks, xScale, yScale, box, wish), ink, front, labels, xScale, yScale, px, py };
}

function axes(xTicks: Tick[], yTicks: Tick[], xScale: Scale, yScale: Scale, box: Box, { yLog, lines }: LineWish): Item[] {
  const items: Item[] = [];
  for (const tick of yTicks) {
    const y = Math.round(place(yScale, tick.at));
    if (y < box.top - 1 || y > box.bottom + 1) continue;
    items.push({ kind: 'rect', x: box.left, y, width: box.right - box.left, height: 1, ink: 'grid' }, { kind: 'text', x: box.left - 6, y: y + 0.5, text: tick.text, ink: 'axis', anchor: 'end' });
  }
  const base = box.bottom + RAIL_PX;
  for (const tick of xTicks) {
    const x = Math.round(place(xScale, tick.at));
    if (!(x >= box.left - 1 && x <= box.right + 1)) continue;
    items.push({ kind: 'rect', x, y: base, width: 1, height: 4, ink: 'border' }, { kind: 'text', x, y: base + 11, text: tick.text, ink: 'axis', anchor: 'middle' });
  }
  items.push({ kind: 'rect', x: box.left, y: base, width: box.right - box.left, height: 1, ink: 'line' });
  // An axis that begins above zero is cut, and says so.
  if (!yLog && lines.length > 0 && yScale.from > 0) items.push({ kind: 'text', x: box.left - 6, y: base, text: '≉', ink: 'axis', anchor: 'end', size: 10 });
  return items;
}

function rasterItem({ cells, x, y }: NonNullable<LineWish['raster']>, xScale: Scale, yScale: Scale): Item {
  const left = place(xScale, x[0]);
  const top = place(yScale, y[1]);
  return { kind: 'raster', x: left, y: top, width: place(xScale, x[1]) - left, height: place(yScale, y[0]) - top, cells };
}

// Places where the curve has points: buckets in which only others have some are passed over, a point that is no number parts the line.
function* places(curve: Curve, values: ArrayLike<number>): Generator<[index: number, value: number]> {
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v - v === 0) yield [i, v];
    else if ((curve.count?.[i] ?? 0) > 0 || v === Infinity || v === -Infinity) yield [i, NaN];
  }
}

function points(curve: Curve, values: ArrayLike<number>, px: Float64Array, y: (v: number) => number): number[] {
  const out: number[] = [];
  for (const [i, v] of places(curve, values)) out.push(v === v ? px[i]! : NaN, v === v ? y(v) : NaN);
  return out;
}

function strokes({ curve, ink, dash, base }: Drawn, px: Float64Array, py: Float32Array, yScale: Scale, many: boolean): Item[] {
  const width = base ? BASE_WIDTH : many ? MANY_WIDTH : LINE_WIDTH;
  const y = (v: number) => place(yScale, v);
  const raw: Item = { kind: 'line', points: points(curve, curve.last, px, y), ink, width, dash };
  if (!curve.smooth) return [raw];
  const smooth: number[] = [];
  for (const [i, v] of places(curve, curve.smooth)) if (v === v) smooth.push(px[i]!, py[i]!);
  return [{ ...raw, width: 1, dash: [], alpha: RAW_ALPHA }, { kind: 'line', points: smooth, ink, width, dash }];
}

function envelope({ curve, ink }: Drawn, px: Float64Array, yScale: Scale, statistic: boolean): Item[] {
  const { min, max } = curve;
  if (!min || !max) return [];
  const low: number[] = [];
  const high: number[] = [];
  let any = false;
  for (let i = 0; i < min.length; i++) {
    if (!Number.isFinite(min[i]!) || !Number.isFinite(max[i]!)) continue;
    any ||= min[i] !== max[i];
    low.push(px[i]!, place(yScale, min[i]!));
    high.push(px[i]!, place(yScale, max[i]!));
  }
  if (!any) return [];
  const back: number[] = [];
  for (let i = low.length - 2; i >= 0; i -= 2) back.push(low[i]!, low[i + 1]!);
  const area: Item = { kind: 'area', points: [...high, ...back], ink, alpha: statistic ? 0.22 : 0.14 };
  if (!statistic) return [area];
  return [area, { kind: 'line', points: high, ink, width: 1, alpha: 0.5 }, { kind: 'line', points: low, ink, width: 1, alpha: 0.5 }];
}

// NaN as hollow diamonds on a rail under the axis, infinities as triangles at the edge they left by.
export function notFinite({ curve, ink, name }: Drawn, px: Float64Array, box: Box): Item[] {
  const items: Item[] = [];
  const before = { diamond: -Infinity, up: -Infinity, down: -Infinity };
  const mark = (i: number, shape: 'diamond' | 'up' | 'down', y: number) => {
    const x = px[i]!;
    if (x - before[shape] < APART_PX || x < box.left - 1 || x > box.right + 1) return;
    before[shape] = x;
    items.push({ kind: 'mark', shape, x, y, size: shape === 'diamond' ? MARK_PX : MARK_PX - 0.5, ink, words: name });
  };
  for (let i = 0; i < curve.last.length; i++) {
    const v = curve.last[i]!;
    const up = v === Infinity || curve.max?.[i] === Infinity;
    const down = v === -Infinity || curve.min?.[i] === -Infinity;
    if (up) mark(i, 'up', box.top + MARK_PX);
    if (down) mark(i, 'down', box.bottom - MARK_PX);
    if ((curve.nans?.[i] ?? 0) > 0 || (!up && !down && v !== v && (curve.count?.[i] ?? 0) > 0)) mark(i, 'diamond', box.bottom + RAIL_PX / 2);
  }
  return items;
}

function endLabels(lines: readonly Drawn[], px: Float64Array, py: readonly Float32Array[], box: Box, width: number): EndLabel[] {
  if (width - box.right < 40) return [];
  const named: { line: number; y: number }[] = [];
  lines.forEach((line, i) => {
    const y = line.label ? endOf(py[i]!, px, box) : null;
    if (y !== null) named.push({ line: i, y: Math.min(Math.max(y, box.top), box.bottom) });
  });
  const texts = foldNames(named.map((l) => lines[l.line]!.label), labelChars(width - box.right));
  return spread(named.map((l, i) => ({ ...l, text: texts[i]! })), LABEL_PX, box.top + 2, box.bottom - 2);
}

// Labels as things of a scene, for files.
export const labelItems = (scene: LineScene, lines: readonly Drawn[]): Item[] => scene.labels.map((l) => ({ kind: 'text', x: scene.box.right + 8, y: l.y, text: l.text, ink: lines[l.line]!.ink, bold: lines[l.line]!.base }));

function endOf(py: Float32Array, px: Float64Array, box: Box): number | null {
  for (let i = py.length - 1; i >= 0; i--) if (py[i] === py[i] && px[i]! <= box.right + 1 && px[i]! >= box.left - 1) return py[i]!;
  return null;
}
