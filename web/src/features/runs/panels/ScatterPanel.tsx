// Two values of many runs against each other, a third as colour. Runs that are drawn elsewhere stand out in their own colours.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { columnsQuery } from '../../../api/workspace';
import { figure } from '../../../format/number';
import { ErrorPanel, Skeleton } from '../../../ui/Feedback';
import { useWidth } from '../../../ui/measure';
import { Items } from '../../../ui/plot/Items';
import type { Palette } from '../../../ui/plot/paint';
import type { Item } from '../../../ui/plot/scene';
import { S } from '../../../strings';
import { useBoard } from './board';
import { axisOf, plainName, ticksOfAxis } from './fields';
import { HEIGHTS } from './layout';
import type { BodyProps } from './LinePanel';
import { PanelFrame } from './PanelFrame';
import { DrawnCanvas, shadeOf } from './Points';

const MOST_RUNS = 5000;
const NEAR_PX = 14;
const DOT_PX = 3;

export default function ScatterPanel({ panel, placing, on, full, height: given }: BodyProps) {
  const board = useBoard();
  const fields = panel.keys.slice(0, 3);
  const found = useQuery({ ...columnsQuery(board.wish, fields, MOST_RUNS), enabled: on && fields.length >= 2 });
  const [box, width] = useWidth<HTMLDivElement>();
  const height = given ?? (panel.height ?? HEIGHTS.usual) - 36;
  const [near, setNear] = useState<number | null>(null);
  const axes = useMemo(() => (found.data ? fields.map((f, i) => axisOf(f, found.data.columns[i]?.values ?? [], panel.logs?.[i])) : null), [found.data, fields.join(), panel.logs]);
  const frame = useMemo(() => ({ left: 46, top: 8, right: width - 12, bottom: height - 34 }), [width, height]);
  const runs = useMemo(() => {
    if (!axes || !found.data) return [];
    const own = new Map(board.shown.map((s) => [s.id, s]));
    return found.data.ids
      .map((id, i) => ({ i, id, x: frame.left + axes[0]!.places[i]! * (frame.right - frame.left), y: frame.bottom - axes[1]!.places[i]! * (frame.bottom - frame.top), shown: own.get(id) }))
      .filter((r) => r.x === r.x && r.y === r.y);
  }, [axes, found.data, frame, board.shown]);
  useEffect(() => board.bus.watch((id) => setNear((old) => (id === null ? null : (runs.find((r) => r.id === id)?.i ?? old))),), [board.bus, runs]);
  const draw = useCallback(
    (g: CanvasRenderingContext2D, ink: Palette) => {
      for (const r of runs) {
        if (r.shown) continue;
        g.globalAlpha = 0.7;
        g.fillStyle = ink(axes?.[2] ? shadeOf(axes[2].places[r.i]!) : 'text3');
        g.beginPath();
        g.arc(r.x, r.y, DOT_PX, 0, 7);
        g.fill();
      }
      g.globalAlpha = 1;
      g.lineWidth = 1.5;
      g.strokeStyle = ink('surface');
      for (const r of runs) {
        if (!r.shown) continue;
        g.fillStyle = ink(r.shown.colour);
        g.beginPath();
        g.arc(r.x, r.y, DOT_PX + 1.5, 0, 7);
        g.fill();
        g.stroke();
      }
    },
    [runs, axes],
  );
  const title = panel.title ?? `${plainName(fields[1] ?? '')} × ${plainName(fields[0] ?? '')}`;
  const at = near === null ? undefined : runs.find((r) => r.i === near);
  const missing = (found.data?.ids.length ?? 0) - runs.length;
  const seek = (e: React.PointerEvent<HTMLDivElement>) => {
    const to = e.currentTarget.getBoundingClientRect();
    let hit: (typeof runs)[number] | null = null;
    let least = NEAR_PX;
    for (const r of runs) {
      const away = Math.hypot(r.x - (e.clientX - to.left), r.y - (e.clientY - to.top));
      if (away < least) [hit, least] = [r, away];
    }
    setNear(hit?.i ?? null);
    board.bus.set(hit?.id ?? null);
  };
  return (
    <PanelFrame panel={panel} title={<span className="clip">{title}</span>} name={title} placing={placing} full={full} note={found.data ? S.panels.drawn(runs.length, found.data.total) : undefined} chips={missing > 0 ? <span className="panel-chip">{S.panels.missing(missing)}</span> : undefined}>
      <div ref={box} className="plot" style={{ height }} onPointerMove={seek} onPointerLeave={() => board.bus.set(null)}>
        {found.error && !found.data && <ErrorPanel error={found.error} retry={() => void found.refetch()} />}
        {!found.data && !found.error && <Skeleton height={height} lines={4} />}
        {axes && width > 0 && (
          <>
            <svg className="plot-back" width={width} height={height} aria-hidden="true">
              <Items items={axisItems(axes, frame)} />
            </svg>
            {on && <DrawnCanvas width={width} height={height} draw={draw} label={`${title}, ${S.panels.runs(runs.length)}`} />}
            {at && found.data && (
              <>
                <svg className="plot-over" width={width} height={height} aria-hidden="true">
                  <circle cx={at.x} cy={at.y} r="7" fill="none" stroke="var(--g-text)" strokeWidth="1.5" />
                </svg>
                <div className={at.x > width / 2 ? 'readout readout-left' : 'readout'} style={{ left: at.x, top: Math.min(at.y, height - 90) }}>
                  <p className="readout-head">
                    <b className="clip">{found.data.names[at.i]}</b>
                  </p>
                  <ol>
                    {axes.map((axis, i) => (
                      <li key={axis.text}>
                        <span className="clip">{axis.name}</span>
                        <b className="num">{axis.names ? String(found.data.columns[i]?.values[at.i] ?? '') : figure(axis.values[at.i])}</b>
                      </li>
                    ))}
                  </ol>
                </div>
              </>
            )}
          </>
        )}
      </div>
    </PanelFrame>
  );
}

function axisItems(axes: ReturnType<typeof axisOf>[], { left, top, right, bottom }: { left: number; top: number; right: number; bottom: number }): Item[] {
  const items: Item[] = [];
  for (const tick of ticksOfAxis(axes[1]!, 5)) {
    const y = Math.round(bottom - tick.place * (bottom - top));
    items.push({ kind: 'rect', x: left, y, width: right - left, height: 1, ink: 'grid' }, { kind: 'text', x: left - 6, y, text: tick.text, ink: 'axis', anchor: 'end' });
  }
  for (const tick of ticksOfAxis(axes[0]!, Math.max(2, Math.floor((right - left) / 64)))) {
    const x = Math.round(left + tick.place * (right - left));
    items.push({ kind: 'rect', x, y: bottom, width: 1, height: 4, ink: 'border' }, { kind: 'text', x, y: bottom + 11, text: tick.text, ink: 'axis', anchor: 'middle' });
  }
  items.push({ kind: 'rect', x: left, y: bottom, width: right - left, height: 1, ink: 'line' }, { kind: 'text', x: (left + right) / 2, y: bottom + 26, text: axes[0]!.name, ink: 'text2', anchor: 'middle' });
  return items;
}
