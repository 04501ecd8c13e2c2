// The legend under the pointer: every line with its value there, and the difference between two pins.
import { useEffect, useState } from 'react';
import { figure, signed } from '../../../format/number';
import { foldNames } from '../../../format/foldNames';
import { nearestIndex, place } from '../../../ui/plot/scale';
import { S } from '../../../strings';
import { axisName, lengthText, xText } from './axis';
import { useBoard } from './board';
import type { Drawn, LineScene } from './lineScene';
import { readings, readingAt } from './readout';

const ROWS = 12;
const NAME_CHARS = 26;

interface Props {
  id: string;
  scene: LineScene;
  lines: readonly Drawn[];
  x: Float64Array;
}

export function Readout({ id, scene, lines, x }: Props) {
  const board = useBoard();
  const [state, setState] = useState<{ at: number; pins: readonly number[] } | null>(null);
  const [focus, setFocus] = useState<string | null>(null);
  useEffect(() => board.cursor.watch(() => setState(board.cursor.panel === id && board.cursor.at !== null ? { at: board.cursor.at, pins: board.cursor.pins } : null)), [board.cursor, id]);
  useEffect(() => board.bus.watch(setFocus), [board.bus]);
  if (!state) return null;
  const index = nearestIndex(x, state.at);
  if (index < 0) return null;
  const all = readings(lines, index);
  const near = all.findIndex((r) => lines[r.line]!.curve.id === focus);
  const from = near < ROWS ? 0 : Math.min(near - (ROWS >> 1), all.length - ROWS);
  const shown = all.slice(from, from + ROWS);
  const names = foldNames(shown.map((r) => lines[r.line]!.name), NAME_CHARS);
  const px = place(scene.xScale, state.at);
  const left = px > scene.width / 2;
  const [a, b] = state.pins;
  return (
    <div className={left ? 'readout readout-left' : 'readout'} style={{ left: px, top: scene.box.top }}>
      <p className="readout-head">
        <span>{axisName(board.x)}</span> <b className="num">{xText(board.x, x[index]!)}</b>
      </p>
      <ol>
        {shown.map((r, i) => {
          const { curve, ink, dash } = lines[r.line]!;
          return (
            <li key={r.line} className={curve.id === focus ? 'on' : undefined}>
              <Swatch ink={ink} dash={dash} />
              <span className="clip">{names[i]}</span>
              <b className="num">{figure(r.value)}</b>
            </li>
          );
        })}
      </ol>
      {all.length > shown.length && <p className="dim">{S.panels.moreLines(all.length - shown.length)}</p>}
      {a !== undefined && b !== undefined && <Difference lines={lines} x={x} from={Math.min(a, b)} to={Math.max(a, b)} focus={focus} />}
    </div>
  );
}

function Difference({ lines, x, from, to, focus }: { lines: readonly Drawn[]; x: Float64Array; from: number; to: number; focus: string | null }) {
  const board = useBoard();
  const line = lines.find((l) => l.curve.id === focus) ?? lines[0];
  const values = line ? (line.curve.smooth ?? line.curve.last) : new Float32Array();
  const [a, b] = [from, to].map((at) => readingAt(values, nearestIndex(x, at)));
  return (
    <p className="readout-foot">
      Δ {lengthText(board.x, to - from)}
      {line && a! >= 0 && b! >= 0 && (
        <b className="num" style={{ color: `var(--g-${line.ink})` }}>
          {signed(values[b!]! - values[a!]!)}
        </b>
      )}
    </p>
  );
}

export function Swatch({ ink, dash, width = 18 }: { ink: string; dash: readonly number[]; width?: number }) {
  return (
    <svg className="swatch" width={width} height="8" aria-hidden="true">
      <line x1="0" x2={width} y1="4" y2="4" stroke={`var(--g-${ink})`} strokeWidth="2.5" strokeDasharray={dash.join(' ')} />
    </svg>
  );
}
