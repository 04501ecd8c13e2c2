// Feature by time on canvas, cells snapped to device pixels. A dot or a cross repeats the alarm so that grey tells it too.
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { finite, fixed, type Figure } from '../format/number';
import { S } from '../strings';
import { token, useTheme } from './theme';
import { useFrame, type TimeFrame } from './TimeStack';

export interface HeatRow {
  name: string;
  values: readonly Figure[];
  n: readonly number[];
  levels: readonly string[];
}

export interface HeatWindow {
  from: number;
  to: number;
}

interface Props {
  rows: readonly HeatRow[];
  windows: readonly HeatWindow[];
  scaleMax: number;
  pitch: number;
  label: string;
  chosen?: { from: number; to: number } | null;
  onPick?: (row: number, first: number, last: number) => void;
  describe: (row: number, window: number) => string;
}

const STEPS = 9;
const NARROW_PX = 7;      // Below, cells share a mark,
const MARK_EVERY_PX = 11;  // one each so many pixels.

export function HeatMap(props: Props) {
  const { rows, windows, pitch, label, onPick, describe } = props;
  const frame = useFrame();
  const theme = useTheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [active, setActive] = useState<{ row: number; window: number; x: number; y: number } | null>(null);
  const drag = useRef<{ row: number; window: number } | null>(null);
  const width = frame.width - frame.left - frame.right;
  const height = rows.length * pitch;

  useEffect(() => {
    if (canvas.current) draw(canvas.current, props, frame, width, height);
  }, [props, frame, width, height, theme]);

  const hit = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = frame.time(frame.left + event.clientX - box.left);
    const window = windows.findIndex((w) => at >= w.from && at < w.to);
    const row = Math.floor((event.clientY - box.top) / pitch);
    return window >= 0 && row >= 0 && row < rows.length ? { row, window } : null;
  };
  const show = (row: number, window: number) => {
    const w = windows[window];
    if (!w) return;
    frame.cursor.set((w.from + w.to) / 2);
    setActive({ row, window, x: frame.x((w.from + w.to) / 2) - frame.left, y: row * pitch });
  };
  const move = (event: PointerEvent) => {
    const cell = hit(event);
    if (cell) show(cell.row, cell.window);
    else setActive(null);
  };
  const up = (event: PointerEvent) => {
    const cell = hit(event);
    const start = drag.current;
    drag.current = null;
    if (cell && start) onPick?.(start.row, Math.min(start.window, cell.window), Math.max(start.window, cell.window));
  };
  const key = (event: KeyboardEvent) => {
    const now = active ?? { row: 0, window: windows.length };
    const step: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -windows.length], End: [0, windows.length] };
    const by = step[event.key];
    if (by) {
      event.preventDefault();
      show(Math.min(rows.length - 1, Math.max(0, now.row + by[0])), Math.min(windows.length - 1, Math.max(0, now.window + by[1] * (event.shiftKey ? 10 : 1))));
    } else if (event.key === 'Enter' && active) onPick?.(active.row, active.window, active.window);
  };
  const edge = active && active.x > width * 0.6 ? 'tip-left' : '';
  return (
    <div className="heat" style={{ marginLeft: frame.left, width, height }}>
      <canvas
        ref={canvas}
        style={{ width, height }}
        tabIndex={0}
        role="application"
        aria-label={label}
        onPointerMove={move}
        onPointerDown={(event) => (drag.current = hit(event))}
        onPointerUp={up}
        onPointerLeave={() => setActive(null)}
        onKeyDown={key}
      />
      {active && (
        <div className={`tip ${edge}`} style={{ left: active.x, top: active.y + pitch }} role="status">
          {describe(active.row, active.window)}
        </div>
      )}
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, { rows, windows, scaleMax, pitch, chosen }: Props, frame: TimeFrame, width: number, height: number): void {
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const g = canvas.getContext('2d');
  if (!g) return;
  const seq = Array.from({ length: STEPS }, (_, i) => token(`seq-${i + 1}`));
  const hatch = pattern(g, scale);
  const [surface, text] = [token('surface'), token('text')];
  const cell = (width * scale) / Math.max(1, windows.length);
  const gap = cell > 6 * scale ? Math.round(scale) : cell > 3 ? 0.5 * scale : 0;
  const px = (ms: number) => Math.round((frame.x(ms) - frame.left) * scale);
  rows.forEach((row, r) => {
    const top = Math.round(r * pitch * scale);
    const tall = Math.round((pitch - 3) * scale);
    let nextMark = 0;
    windows.forEach((w, i) => {
      const left = px(w.from);
      const wide = Math.max(1, px(w.to) - left - gap);
      const value = finite(row.values[i]);
      if (value === null || row.levels[i] === 'nodata') {
        g.fillStyle = hatch;
        g.fillRect(left, top, wide, tall);
        return;
      }
      const step = Math.max(0, Math.min(STEPS - 1, Math.floor((value / scaleMax) * STEPS)));
      g.fillStyle = seq[step] ?? '';
      if (row.levels[i] === 'few') {
        g.strokeStyle = seq[Math.max(2, step)] ?? '';
        g.strokeRect(left + 0.5, top + 0.5, wide - 1, tall - 1);
        return;
      }
      g.fillRect(left, top, wide, tall);
      if (wide >= NARROW_PX * scale) mark(g, row.levels[i] ?? 'ok', left + wide / 2, top + tall / 2, step >= 4 ? surface : text, scale);
      else if (left >= nextMark && mark(g, row.levels[i] ?? 'ok', left + wide / 2, top + tall / 2, step >= 4 ? surface : text, scale)) nextMark = left + MARK_EVERY_PX * scale;
    });
  });
  if (chosen) outline(g, px(chosen.from), px(chosen.to), height * scale, scale);
}

// The scale in words and colour, under the map it belongs to.
export function HeatLegend({ scaleMax, measure, levels }: { scaleMax: number; measure: string; levels: ReadonlySet<string> }) {
  return (
    <p className="legend heat-legend">
      <span>
        {measure} 0
        <span className="heat-scale" aria-hidden="true">
          {Array.from({ length: STEPS }, (_, i) => (
            <i key={i} style={{ background: `var(--g-seq-${i + 1})` }} />
          ))}
        </span>
        {fixed(scaleMax, 2)}
      </span>
      {levels.has('warn') && (
        <span>
          <b aria-hidden="true">•</b> {S.statusWord.warn}
        </span>
      )}
      {levels.has('crit') && (
        <span>
          <b aria-hidden="true">×</b> {S.statusWord.crit}
        </span>
      )}
      {levels.has('nodata') && (
        <span>
          <i className="key-hatch" aria-hidden="true" /> {S.statusWord.none}
        </span>
      )}
    </p>
  );
}

function outline(g: CanvasRenderingContext2D, left: number, right: number, height: number, scale: number): void {
  g.strokeStyle = token('focus');
  g.lineWidth = 2 * scale;
  g.strokeRect(left - scale, scale, right - left + scale, height - 4 * scale);
}

// A dot for a warning, a cross for critical. Says whether it drew one.
function mark(g: CanvasRenderingContext2D, level: string, x: number, y: number, ink: string, scale: number): boolean {
  if (level !== 'warn' && level !== 'crit') return false;
  g.fillStyle = ink;
  g.strokeStyle = ink;
  g.lineWidth = 1.5 * scale;
  const r = (level === 'warn' ? 2 : 3) * scale;
  g.beginPath();
  if (level === 'warn') g.arc(x, y, r, 0, Math.PI * 2);
  else {
    g.moveTo(x - r, y - r);
    g.lineTo(x + r, y + r);
    g.moveTo(x + r, y - r);
    g.lineTo(x - r, y + r);
  }
  if (level === 'warn') g.fill();
  else g.stroke();
  return true;
}

function pattern(g: CanvasRenderingContext2D, scale: number): CanvasPattern | string {
  const size = Math.round(6 * scale);
  const tile = document.createElement('canvas');
  tile.width = size;
  tile.height = size;
  const t = tile.getContext('2d');
  if (!t) return token('line');
  t.strokeStyle = token('text3');
  t.globalAlpha = 0.55;
  t.lineWidth = scale * 0.8;
  for (const offset of [-size, 0, size]) {
    t.beginPath();
    t.moveTo(offset, size);
    t.lineTo(offset + size, 0);
    t.stroke();
  }
  return g.createPattern(tile, 'repeat') ?? token('line');
}
