// The one wrapper of uPlot: theme from tokens, shared cursor and flags from the stack it stands in, end labels, limits, bands.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useLayoutEffect, useRef } from 'react';
import { finite, fixed, type Figure } from '../format/number';
import { useLatest } from './measure';
import { token, useTheme } from './theme';
import { useFrame, type CursorBus } from './TimeStack';

export interface Line {
  name: string;
  values: readonly Figure[];
  low?: readonly Figure[];
  high?: readonly Figure[];
  colour: string;      // token name: cat-1, text, text3
  dash?: number[];
  width?: number;
  faint?: boolean;
  endLabel?: string;
  hollow?: readonly boolean[];  // points of few rows or of a window still filling
}

export interface Limit {
  value: number;
  status: 'warn' | 'crit';
  label: string;
  side: 'above' | 'below';
}

interface Props {
  times: readonly number[];
  lines: readonly Line[];
  limits?: readonly Limit[];
  height: number;
  decimals?: number;
  label: string;
  floor?: number;
}

const AXIS_FONT = '11px system-ui, sans-serif';

export function Chart(props: Props) {
  const { times, lines, height, label } = props;
  const frame = useFrame();
  const theme = useTheme();
  const box = useRef<HTMLDivElement>(null);
  const latest = useLatest(props);
  const shape = lines.map((l) => `${l.name}${l.colour}${l.dash ?? ''}${l.low ? 'b' : ''}${l.faint ?? ''}`).join();

  // Before the browser paints: the axis of the same frame is not seen over a plot of the one before.
  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    const plot = new uPlot(options(latest.current, frame, () => latest.current), data(latest.current), node);
    const leave = follow(plot, frame.cursor);
    return () => {
      leave();
      plot.destroy();
    };
    // The plot is built anew when its frame or theme changes; data goes in below.
  }, [frame, theme, shape, height, latest, times, lines]);

  return <div ref={box} className="chart" role="img" aria-label={label} style={{ height }} />;
}

function data({ times, lines }: Props): uPlot.AlignedData {
  const columns: (number | null)[][] = [];
  for (const line of lines) {
    columns.push(line.values.map(finite));
    if (line.low && line.high) columns.push(line.high.map(finite), line.low.map(finite));
  }
  return [times as number[], ...columns];
}

function range({ lines, limits = [], floor }: Props): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  const see = (v: number | null) => {
    if (v === null) return;
    low = Math.min(low, v);
    high = Math.max(high, v);
  };
  for (const line of lines) for (const part of [line.values, line.low ?? [], line.high ?? []]) for (const v of part) see(finite(v));
  for (const limit of limits) see(limit.value);
  if (floor !== undefined) low = Math.min(low, floor);
  if (low === Infinity) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return [floor !== undefined && low >= floor ? floor : low - room, high + room];
}

interface FrameLike {
  from: number;
  to: number;
  width: number;
  left: number;
  right: number;
  cursor: CursorBus;
}

function options(props: Props, frame: FrameLike, now: () => Props): uPlot.Options {
  const axis = token('axis');
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const line of props.lines) {
    const stroke = token(line.colour);
    series.push({ stroke, width: line.width ?? 1.5, dash: line.dash ?? [], alpha: line.faint ? 0.6 : 1, spanGaps: false, points: { show: alone(line) } });
    if (line.low && line.high) {
      const at = series.length;
      series.push({ stroke: 'transparent', width: 0, points: { show: false } }, { stroke: 'transparent', width: 0, points: { show: false } });
      bands.push({ series: [at, at + 1], fill: `${stroke}2E` });
    }
  }
  return {
    width: frame.width,
    height: props.height,
    ms: 1,
    legend: { show: false },
    padding: [6, frame.right, 4, 0],
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
    scales: { x: { time: false, range: () => [frame.from, frame.to] }, y: { range: () => range(now()) } },
    axes: [
      { show: false },
      { stroke: axis, font: AXIS_FONT, size: frame.left, gap: 8, ticks: { show: false }, grid: { stroke: token('grid'), width: 1 }, space: 34, values: (_, splits) => splits.map((v) => fixed(v, props.decimals ?? 2)) },
    ],
    series,
    bands,
    hooks: { drawAxes: [(plot) => limitsBelow(plot, now())], draw: [(plot) => labels(plot, now()), (plot) => hollow(plot, now())], setCursor: [(plot) => tell(plot, frame.cursor)] },
  };
}

// A value with gaps on both sides is a dot; a line could not show it.
function alone(line: Line): boolean {
  return line.values.some((v, i) => finite(v) !== null && finite(line.values[i - 1]) === null && finite(line.values[i + 1]) === null);
}

function limitsBelow(plot: uPlot, { limits = [] }: Props): void {
  const g = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  for (const limit of limits) {
    const y = Math.round(plot.valToPos(limit.value, 'y', true));
    const ink = token(`${limit.status}-mark`);
    g.save();
    g.fillStyle = `${ink}12`;
    if (limit.side === 'above') g.fillRect(left, top, width, y - top);
    else g.fillRect(left, y, width, top + height - y);
    g.strokeStyle = ink;
    g.lineWidth = devicePixelRatio;
    g.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    g.beginPath();
    g.moveTo(left, y + 0.5);
    g.lineTo(left + width, y + 0.5);
    g.stroke();
    g.restore();
  }
}

interface EndLabel {
  text: string;
  y: number;
  ink: string;
}

const LABEL_PX = 14;

// End labels stand in the right gutter, shifted apart.
function labels(plot: uPlot, { lines, limits = [] }: Props): void {
  const list: EndLabel[] = limits.map((l) => ({ text: l.label, y: plot.valToPos(l.value, 'y', true), ink: token(`${l.status}-text`) }));
  for (const line of lines) {
    const last = line.values.findLastIndex((v) => finite(v) !== null);
    const value = finite(line.values[last]);
    if (line.endLabel && value !== null) list.push({ text: line.endLabel, y: plot.valToPos(value, 'y', true), ink: token(line.colour) });
  }
  const scale = devicePixelRatio || 1;
  list.sort((a, b) => a.y - b.y);
  for (let i = 1; i < list.length; i++) {
    const above = list[i - 1];
    const label = list[i];
    if (above && label) label.y = Math.max(label.y, above.y + LABEL_PX * scale);
  }
  const g = plot.ctx;
  g.save();
  g.font = `${11 * scale}px system-ui, sans-serif`;
  g.textBaseline = 'middle';
  g.textAlign = 'left';
  for (const label of list) {
    g.fillStyle = label.ink;
    g.fillText(label.text, plot.bbox.left + plot.bbox.width + 8 * scale, label.y);
  }
  g.restore();
}

function hollow(plot: uPlot, { times, lines }: Props): void {
  const g = plot.ctx;
  const scale = devicePixelRatio || 1;
  for (const line of lines) {
    if (!line.hollow) continue;
    g.save();
    g.strokeStyle = token(line.colour);
    g.fillStyle = token('surface');
    g.lineWidth = 1.5 * scale;
    line.values.forEach((v, i) => {
      const value = finite(v);
      if (value === null || !line.hollow?.[i]) return;
      g.beginPath();
      g.arc(plot.valToPos(times[i] ?? 0, 'x', true), plot.valToPos(value, 'y', true), 2.6 * scale, 0, Math.PI * 2);
      g.fill();
      g.stroke();
    });
    g.restore();
  }
}

// Takes the cursor of the stack; what moves over this chart is told by the hook in `options`.
function follow(plot: uPlot, bus: CursorBus): () => void {
  const leave = bus.watch((at) => plot.setCursor(at === null ? { left: -10, top: -10 } : { left: plot.valToPos(at, 'x'), top: 10 }, false));
  const out = () => bus.set(null);
  plot.over.addEventListener('mouseleave', out);
  return () => {
    plot.over.removeEventListener('mouseleave', out);
    leave();
  };
}

function tell(plot: uPlot, bus: CursorBus): void {
  const i = plot.cursor.idx;
  if (i !== null && i !== undefined && (plot.cursor.left ?? -1) >= 0) bus.set(plot.data[0][i] ?? null);
}
