// More runs than can be told apart: where they lie, as a picture that the server makes of all of them; the nearest one lights up.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { curvesQuery, densityQuery, nearestRun } from '../../../api/workspace';
import { grouped } from '../../../format/number';
import { ErrorPanel, Skeleton } from '../../../ui/Feedback';
import { useWidth } from '../../../ui/measure';
import { cellsOf, rasterOf } from '../../../ui/plot/density';
import { Items } from '../../../ui/plot/Items';
import type { Span } from '../../../ui/plot/scale';
import { token, useTheme } from '../../../ui/theme';
import { S } from '../../../strings';
import { axisKind } from './axis';
import { useBoard } from './board';
import type { Curve } from './curves';
import { Ink } from './Ink';
import { HEIGHTS } from './layout';
import { lineScene, type Drawn } from './lineScene';
import type { BodyProps } from './LinePanel';
import { Overlay } from './Overlay';
import { PanelFrame } from './PanelFrame';
import { usePointer } from './pointer';
import { Readout } from './Readout';
import { densityWish, seriesWish } from './request';
import { readCurves } from './useCurves';

const SEEK_MS = 60;
const SHADES = 9;
const KEY_PX = 96;
const CHROME_PX = 54;  // of the card around the plot: its head, and the scale under it

export default function DensityPanel({ id, panel, placing, on, full, height: given }: BodyProps) {
  const board = useBoard();
  const theme = useTheme();
  const [measure, width] = useWidth<HTMLDivElement>();
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const [yZoom, setYZoom] = useState<Span | null>(null);
  const [found, setFound] = useState<string | null>(null);
  const height = given ?? (panel.height ?? HEIGHTS.usual) - CHROME_PX;
  const log = panel.log ?? board.yLog;
  const key = panel.keys[0] ?? '';
  const wish = densityWish(board, key, log, yZoom ? { from: yZoom[0], to: yZoom[1] } : null);
  const density = useQuery({ ...densityQuery(wish), enabled: on });
  const one = useQuery({ ...curvesQuery(`${id} nearest`, seriesWish(panel, { ...board, asked: found ? [found] : [], group: [] }, [key], width, board.smooth), readCurves), enabled: found !== null });
  const { data } = density;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const scale = useMemo(() => Array.from({ length: SHADES }, (_, i) => token(`seq-${i + 1}`)), [theme]);
  const line = found !== null ? one.data?.curves.find((c) => c.run === found) : undefined;
  const lines = useMemo(() => (line ? [drawn(line, board.shown.find((s) => s.id === found)?.name)] : []), [line, board.shown, found]);
  const x = line && one.data ? one.data.x : NONE;
  const raster = useMemo(() => (data && data.width > 0 && data.height > 0 ? { cells: rasterOf({ ...data, cells: cellsOf(data.cells) }, scale), x: [data.x.from, data.x.to] as Span, y: [data.y.from, data.y.to] as Span } : null), [data, scale]);
  const base = { width, height, xLog: board.xLog, yLog: log, axis: axisKind(board.x), labels: false, envelope: false, statistic: false };
  const scene = useMemo(() => {
    if (!raster || width === 0) return null;
    // The picture stands where it was made; lines come over it.
    const spans = { xSpan: board.zoom ?? raster.x, ySpan: yZoom ?? raster.y };
    return { ground: lineScene({ ...base, ...spans, x: [], lines: [], raster }), over: lineScene({ ...base, ...spans, x, lines }) };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [raster, width, height, log, board.x, board.zoom, yZoom, x, lines]);
  const seek = useSeek(useCallback((at, signal) => nearestRun(wish, at, signal).then((n) => {
    if (n.run === null) return;
    setFound(n.run);
    board.bus.set(n.run);
  }), [wish, board.bus]));
  usePointer(scene ? node : null, { id, scene: scene?.over ?? NOTHING, lines, zoomY: setYZoom, hovered: (over) => !over && setFound(null), seek });
  const title = panel.title ?? key;
  return (
    <PanelFrame panel={panel} title={<span className="mono clip">{title}</span>} name={title} placing={placing} full={full} chips={<span className="panel-chip">{S.panels.dense}</span>} note={S.panels.drawn(board.shown.length, board.total)}>
      {density.error && !data ? (
        <ErrorPanel error={density.error} retry={() => void density.refetch()} />
      ) : (
        <>
          {density.isFetching && density.isPlaceholderData && <div className="progress-line" />}
          <div
            ref={(box) => {
              setNode(box);
              measure(box);
            }}
            className="plot"
            style={{ height }}
          >
            {!data && <Skeleton height={height} lines={4} />}
            {data && !raster && <p className="plot-none dim">{S.panels.noPoints}</p>}
            {scene && (
              <>
                <svg className="plot-back" width={width} height={height} aria-hidden="true">
                  <Items items={scene.ground.back} />
                </svg>
                {on && <Ink scene={scene.ground} label={`${title}, ${S.panels.density(data?.series ?? 0)}`} />}
                <Overlay scene={scene.over} lines={lines} x={x} />
                {lines.length > 0 && <Readout id={id} scene={scene.over} lines={lines} x={x} />}
              </>
            )}
          </div>
          <p className="density-key dim">
            <span>{S.panels.few}</span>
            <svg width={KEY_PX} height="8" aria-hidden="true">
              {scale.map((colour, i) => (
                <rect key={colour} x={(i * KEY_PX) / SHADES} width={KEY_PX / SHADES + 0.5} height="8" fill={colour} />
              ))}
            </svg>
            <span>{data ? S.panels.many(data.max) : grouped(0)}</span>
          </p>
        </>
      )}
    </PanelFrame>
  );
}

const NONE = new Float64Array();
const NOTHING = lineScene({ width: 10, height: 10, x: [], lines: [], xSpan: [0, 1], ySpan: [0, 1], xLog: false, yLog: false, axis: 'number', labels: false, envelope: false, statistic: false });

const drawn = (curve: Curve, name: string | undefined): Drawn => ({ curve, name: name ?? curve.name, ink: 'text', dash: [], base: false, label: '' });

// One question at a time, and the newest place next.
function useSeek(ask: (at: { x: number; y: number }, signal: AbortSignal) => Promise<void>): (x: number, y: number) => void {
  const state = useRef<{ asking: AbortController | null; next: { x: number; y: number } | null; at: number }>({ asking: null, next: null, at: 0 });
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => () => state.current.asking?.abort(), []);
  return useCallback((x, y) => {
    const s = state.current;
    s.next = { x, y };
    const go = () => {
      if (s.asking || !s.next) return;
      const at = s.next;
      s.next = null;
      s.asking = new AbortController();
      const again = () => {
        s.asking = null;
        setTimeout(go, SEEK_MS);
      };
      latest.current(at, s.asking.signal).then(again, again);
    };
    go();
  }, []);
}
