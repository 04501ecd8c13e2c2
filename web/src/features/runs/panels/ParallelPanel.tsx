// Many parameters and what came of them: one line a run over all axes, brushed by dragging along an axis, coloured by the last one.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { columnsQuery } from '../../../api/workspace';
import { figure } from '../../../format/number';
import { middle } from '../../../format/name';
import { ErrorPanel, Skeleton } from '../../../ui/Feedback';
import { useWidth } from '../../../ui/measure';
import type { Palette } from '../../../ui/plot/paint';
import { Segmented } from '../../../ui/Segmented';
import { S } from '../../../strings';
import { useBoard } from './board';
import { axisOf, best, chosen, nearestRun, ticksOfAxis, type Brush, type FieldAxis } from './fields';
import { HEIGHTS } from './layout';
import type { BodyProps } from './LinePanel';
import { PanelFrame } from './PanelFrame';
import { DrawnCanvas, shadeOf } from './Points';
import { LOWER_IS_BETTER } from './words';

const MOST_RUNS = 10_000;
const NEAR_PX = 8;
const SIDE_PX = 56;
const TOP_PX = 30;
const BOTTOM_PX = 12;
const SHARES = ['0', '50', '20', '5'] as const;
const STEP = 0.05;  // of an axis, by an arrow key

export default function ParallelPanel({ id, panel, placing, on, full, height: given }: BodyProps) {
  const board = useBoard();
  const fields = panel.keys;
  const found = useQuery({ ...columnsQuery(board.wish, fields, MOST_RUNS), enabled: on && fields.length >= 2 });
  const [box, width] = useWidth<HTMLDivElement>();
  const height = (given ?? (panel.height ?? HEIGHTS.usual + 72) - 36) - 32;
  const [brushes, setBrushes] = useState<Brush[]>([]);
  const [share, setShare] = useState<(typeof SHARES)[number]>('0');
  const [near, setNear] = useState(-1);
  const axes = useMemo(() => (found.data ? fields.map((f, i) => axisOf(f, found.data.columns[i]?.values ?? [], panel.logs?.[i])) : []), [found.data, fields.join(), panel.logs]);
  const xs = useMemo(() => axes.map((_, i) => (axes.length > 1 ? SIDE_PX + (i / (axes.length - 1)) * Math.max(1, width - 2 * SIDE_PX) : width / 2)), [axes, width]);
  const y = useCallback((place: number) => height - BOTTOM_PX - place * (height - TOP_PX - BOTTOM_PX), [height]);
  const target = axes.at(-1);
  const { whole, lit } = useMemo(() => {
    const all = chosen(axes, brushes);
    let runs = all.whole.filter((_, i) => all.inside[i]);
    if (target && share !== '0' && runs.length > 0) {
      const top = best(target, all.whole, Number(share) / 100, LOWER_IS_BETTER.test(target.name));
      runs = runs.filter((r) => top.has(r));
    }
    return { whole: all.whole, lit: runs };
  }, [axes, brushes, share, target]);
  const draw = useCallback((g: CanvasRenderingContext2D, ink: Palette) => drawLines(g, ink, axes, xs, y, whole, lit), [axes, xs, y, whole, lit]);
  useEffect(() => board.bus.watch((run) => setNear(run === null ? -1 : (found.data?.ids.indexOf(run) ?? -1))), [board.bus, found.data]);
  const title = panel.title ?? `${target?.name ?? ''} · ${S.panels.kinds.parallel}`;
  const missing = (found.data?.ids.length ?? 0) - whole.length;
  const flip = (i: number) => placing.change({ ...panel, logs: axes.map((a, at) => (at === i ? (a.log ? '0' : '1') : (panel.logs?.[at] ?? '-'))).join('') });
  const seek = (e: PointerEvent<HTMLDivElement>) => {
    if (e.buttons || axes.length === 0) return;
    const to = e.currentTarget.getBoundingClientRect();
    const hit = nearestRun(axes, lit, e.clientX - to.left, e.clientY - to.top, { xs, y }, NEAR_PX);
    board.bus.set(hit < 0 ? null : (found.data?.ids[hit] ?? null));
  };
  return (
    <PanelFrame panel={panel} title={<span className="clip">{title}</span>} name={title} placing={placing} full={full} note={found.data ? S.panels.brushed(lit.length, found.data.total) : undefined} chips={missing > 0 ? <span className="panel-chip">{S.panels.missing(missing)}</span> : undefined}>
      <div>
        <div className="parallel-bar">
          <Segmented label={`${S.panels.topShare}${id}`} value={share} options={SHARES.map((value) => ({ value, text: value === '0' ? S.panels.topAll : S.panels.topOf(Number(value)) }))} onChange={setShare} />
          {brushes.some(Boolean) && (
            <button type="button" className="text-button" onClick={() => setBrushes([])}>
              {S.panels.clearBrush}
            </button>
          )}
        </div>
        <div ref={box} className="plot" style={{ height }} onPointerMove={seek} onPointerLeave={() => board.bus.set(null)}>
          {found.error && !found.data && <ErrorPanel error={found.error} retry={() => void found.refetch()} />}
          {!found.data && !found.error && <Skeleton height={height} lines={4} />}
          {axes.length > 0 && width > 0 && (
            <>
              {on && <DrawnCanvas width={width} height={height} draw={draw} label={`${title}, ${S.panels.brushed(lit.length, found.data?.total ?? 0)}`} />}
              <svg className="plot-over parallel-over" width={width} height={height} role="group" aria-label={S.panels.axes}>
                {near >= 0 && !Number.isNaN(axes[0]!.places[near]!) && <path className="parallel-near" d={axes.map((a, i) => `${i ? 'L' : 'M'}${xs[i]!.toFixed(1)} ${y(a.places[near]!).toFixed(1)}`).join('')} />}
                {axes.map((axis, i) => (
                  <AxisView key={axis.text} axis={axis} x={xs[i]!} y={y} brush={brushes[i] ?? null} setBrush={(b) => setBrushes(axes.map((_, at) => (at === i ? b : (brushes[at] ?? null))))} flip={() => flip(i)} value={near >= 0 ? (axis.names ? String(found.data?.columns[i]?.values[near] ?? '') : figure(axis.values[near])) : null} room={axes.length > 1 ? xs[1]! - xs[0]! : width} />
                ))}
              </svg>
              {near >= 0 && found.data && <p className="parallel-name mono">{found.data.names[near]}</p>}
            </>
          )}
        </div>
      </div>
    </PanelFrame>
  );
}

// Lines of one shade in one path each: ten thousand of them are drawn in a few strokes.
function drawLines(g: CanvasRenderingContext2D, ink: Palette, axes: readonly FieldAxis[], xs: readonly number[], y: (place: number) => number, whole: readonly number[], lit: readonly number[]): void {
  const bright = new Set(lit);
  const stroke = (runs: readonly number[], colour: string, alpha: number, width: number) => {
    g.globalAlpha = alpha;
    g.strokeStyle = ink(colour);
    g.lineWidth = width;
    g.beginPath();
    for (const run of runs) axes.forEach((axis, i) => (i === 0 ? g.moveTo(xs[i]!, y(axis.places[run]!)) : g.lineTo(xs[i]!, y(axis.places[run]!))));
    g.stroke();
  };
  if (lit.length < whole.length) stroke(whole.filter((r) => !bright.has(r)), 'text3', whole.length > 1000 ? 0.06 : 0.14, 1);
  const shades = new Map<string, number[]>();
  const target = axes.at(-1)!;
  for (const run of lit) {
    const shade = shadeOf(target.places[run]!);
    shades.set(shade, [...(shades.get(shade) ?? []), run]);
  }
  for (const [shade, runs] of [...shades].sort()) stroke(runs, shade, lit.length > 1000 ? 0.35 : 0.8, 1.25);
  g.globalAlpha = 1;
}

interface AxisProps {
  axis: FieldAxis;
  x: number;
  y: (place: number) => number;
  brush: Brush;
  setBrush: (brush: Brush) => void;
  flip: () => void;
  value: string | null;
  room: number;
}

function AxisView({ axis, x, y, brush, setBrush, flip, value, room }: AxisProps) {
  const top = y(1);
  const bottom = y(0);
  const place = (e: PointerEvent<SVGRectElement>) => Math.min(1, Math.max(0, (bottom - (e.clientY - e.currentTarget.ownerSVGElement!.getBoundingClientRect().top)) / (bottom - top)));
  const [from, setFrom] = useState<number | null>(null);
  const keys = (e: KeyboardEvent) => {
    const [low, high] = brush ?? [0, 1];
    const next: Brush | undefined = e.key === 'Escape' ? null : e.key === 'ArrowUp' ? (e.shiftKey ? [low, Math.min(1, high + STEP)] : [Math.min(high, low + STEP), high]) : e.key === 'ArrowDown' ? (e.shiftKey ? [Math.max(0, low - STEP), high] : [low, Math.max(low, high - STEP)]) : undefined;
    if (next === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    setBrush(next);
  };
  return (
    <g>
      <line x1={x} x2={x} y1={top} y2={bottom} stroke="var(--g-border)" />
      {ticksOfAxis(axis, 5).map((tick) => (
        <text key={tick.text} x={x + 5} y={y(tick.place)} dy="0.35em" className="parallel-tick">
          {tick.text}
        </text>
      ))}
      {brush && <rect className="parallel-brush" x={x - 6} width="12" y={y(brush[1])} height={Math.max(2, y(brush[0]) - y(brush[1]))} />}
      <rect
        className="parallel-grip"
        x={x - 12}
        width="24"
        y={top}
        height={bottom - top}
        tabIndex={0}
        role="slider"
        aria-orientation="vertical"
        aria-label={axis.name}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((brush?.[0] ?? 0) * 100)}
        aria-valuetext={brush ? `${Math.round(brush[0] * 100)} – ${Math.round(brush[1] * 100)} %` : S.panels.topAll}
        onKeyDown={keys}
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture(e.pointerId);
          setFrom(place(e));
        }}
        onPointerMove={(e) => {
          if (from === null) return;
          const to = place(e);
          if (Math.abs(to - from) > 0.01) setBrush([Math.min(from, to), Math.max(from, to)]);
        }}
        onPointerUp={(e) => {
          if (from !== null && Math.abs(place(e) - from) <= 0.01) setBrush(null);
          setFrom(null);
        }}
      />
      <text x={x} y={10} textAnchor="middle" className="parallel-head" onClick={flip}>
        {middle(axis.name, Math.max(6, Math.floor(room / 7)))}
        {axis.log && <tspan className="parallel-log"> {S.panels.byLog}</tspan>}
      </text>
      {value !== null && (
        <text x={x} y={23} textAnchor="middle" className="parallel-value">
          {value}
        </text>
      )}
    </g>
  );
}
