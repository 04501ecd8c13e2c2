// One metric of all runs that are drawn, or of their groups.
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { figure, grouped } from '../../../format/number';
import { ErrorPanel, Skeleton } from '../../../ui/Feedback';
import { lettersOff, typing } from '../../../ui/keys';
import { useLatest, useWidth } from '../../../ui/measure';
import { nearestIndex, type Span } from '../../../ui/plot/scale';
import { Items } from '../../../ui/plot/Items';
import { S } from '../../../strings';
import { axisKind, axisName, lengthText, xText } from './axis';
import { useBoard, type Board } from './board';
import type { CurveSet } from './curves';
import { Ink } from './Ink';
import { HEIGHTS, type Panel } from './layout';
import { LABELLED, lineScene, type Drawn } from './lineScene';
import { NumbersTable } from './NumbersTable';
import { Overlay } from './Overlay';
import { PanelFrame, type MenuItem } from './PanelFrame';
import type { Placing } from './placing';
import { usePointer } from './pointer';
import { Readout, Swatch } from './Readout';
import { readings } from './readout';
import { dashOf, splitOf } from './split';
import { useCurves } from './useCurves';
import { sentence } from './words';

export interface BodyProps {
  id: string;
  panel: Panel;
  placing: Placing;
  on: boolean;       // it is on the screen
  full?: () => void;
  height?: number;   // of the plot, where not the panel's own
}

const HEAD_PX = 32;
const FOOT_PX = 4;

export function LinePanel({ id, panel, placing, on, full, height: given }: BodyProps) {
  const board = useBoard();
  const [measure, width] = useWidth<HTMLDivElement>();
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const [hovered, setHovered] = useState(false);
  const [table, setTable] = useState(false);
  const [yZoom, setYZoom] = useState<Span | null>(null);
  const height = given ?? (panel.height ?? HEIGHTS.usual) - HEAD_PX - FOOT_PX;
  const curves = useCurves(id, panel, width, on, hovered);
  const log = panel.log ?? board.yLog;
  const { set, lines, xSpan } = curves;
  const ySpan = yZoom ?? curves.ySpan;
  const few = board.asked.length <= LABELLED;
  const grouped_ = board.group.length > 0;
  const scene = useMemo(
    () =>
      set && width > 0
        ? lineScene({ width, height, x: set.x, lines, xSpan: [xSpan[0], xSpan[1]], ySpan: [ySpan[0], ySpan[1]], xLog: board.xLog, yLog: log, axis: axisKind(board.x), labels: few || grouped_, envelope: (grouped_ || few) && lines.length <= 2 * LABELLED, statistic: grouped_ })
        : null,
    [set, lines, width, height, xSpan[0], xSpan[1], ySpan[0], ySpan[1], board.xLog, log, board.x, few, grouped_],
  );
  const title = panel.title ?? panel.keys[0] ?? '';
  const words = sentence(title, set, lines, board.x, grouped_);
  const zoomY = useCallback((span: Span | null) => setYZoom(span), []);
  const take = useCallback((box: HTMLDivElement | null) => {
    setNode(box);
    measure(box);
  }, [measure]);
  const empty = { scene: scene ?? NOTHING, lines };
  usePointer(scene ? node : null, { id, ...empty, zoomY, hovered: setHovered });
  const keys = useKeysOf({ id, set, lines, board, full, flip: () => setTable(!table), reset: () => setYZoom(null) }, hovered);
  return (
    <PanelFrame
      panel={panel}
      title={<Title panel={panel} title={title} />}
      name={title}
      placing={placing}
      full={full}
      chips={<Chips panel={panel} set={set} lines={lines} waiting={curves.waiting} />}
      note={set ? (grouped_ ? S.panels.groups(new Set(lines.map((l) => l.curve.id)).size) : S.panels.drawn(board.shown.length, board.total)) : undefined}
      items={set && scene ? menu({ title, set, lines, scene, board, panel, words }, table, () => setTable(!table)) : []}
    >
      {curves.loading && <div className="progress-line" />}
      {curves.error && !set ? (
        <ErrorPanel error={curves.error} retry={curves.retry} />
      ) : (
        <div ref={take} className="plot" style={{ height }} role="group" aria-label={`${title}. ${S.panels.keyHint}`} tabIndex={0} onKeyDown={keys}>
          {!set && on && board.asked.length > 0 && <Skeleton height={height} lines={4} />}
          {set && table && <NumbersTable set={set} lines={lines} x={board.x} label={title} />}
          {set && scene && !table && (
            <>
              <svg className="plot-back" width={scene.width} height={scene.height} aria-hidden="true">
                <Items items={scene.back} />
                <Items items={scene.front} />
              </svg>
              {on && <Ink scene={scene} label={words} />}
              <Overlay scene={scene} lines={lines} x={set.x} />
              <Readout id={id} scene={scene} lines={lines} x={set.x} />
              {!lines.some((l) => l.curve.points > 0) && <p className="plot-none dim">{board.shown.length === 0 && !grouped_ ? S.panels.noneShown : S.panels.noPoints}</p>}
            </>
          )}
        </div>
      )}
    </PanelFrame>
  );
}

const NOTHING = lineScene({ width: 10, height: 10, x: [], lines: [], xSpan: [0, 1], ySpan: [0, 1], xLog: false, yLog: false, axis: 'number', labels: false, envelope: false, statistic: false });

function Title({ panel, title }: { panel: Panel; title: string }) {
  const parts = panel.keys.length > 1 ? panel.keys : [];
  return (
    <>
      <span className="mono clip" data-whole={title}>
        {title}
      </span>
      {parts.slice(1, 3).map((key) => (
        <span key={key} className="panel-split dim">
          <Swatch ink="text3" dash={dashOf(splitOf(key).split)} width={14} />
          {splitOf(key).split || key}
        </span>
      ))}
    </>
  );
}

function Chips({ panel, set, lines, waiting }: { panel: Panel; set: CurveSet | undefined; lines: readonly Drawn[]; waiting: number }) {
  const { smooth, x, group } = useBoard();
  const members = lines.map((l) => l.curve.members);
  return (
    <>
      {smooth > 0 && (
        <span className="panel-chip" data-tip={S.panels.emaFull(lengthText(x, smooth))} tabIndex={-1}>
          {S.panels.ema(lengthText(x, smooth))}
        </span>
      )}
      {group.length > 0 && members.length > 0 && <span className="panel-chip wide-chip">{S.panels.bandOf(S.panels.bands[panel.band ?? 'deviation'] ?? '', S.panels.membersOf(Math.min(...members), Math.max(...members)))}</span>}
      {set?.view && set.view.outside > 0 && <span className="panel-chip warn">{S.panels.outsideChip(grouped(set.view.outside))}</span>}
      {waiting > 0 && (
        <span className="panel-chip live-chip" role="status" data-tip={S.panels.waits}>
          {S.panels.points(waiting)}
        </span>
      )}
    </>
  );
}

interface Outward {
  title: string;
  set: CurveSet;
  lines: readonly Drawn[];
  scene: ReturnType<typeof lineScene>;
  board: Board;
  panel: Panel;
  words: string;
}

// The writers of files come when the first one is asked for.
function menu(out: Outward, table: boolean, flip: () => void): MenuItem[] {
  const files = () => import('./files');
  return [
    { text: table ? S.panels.picture : S.panels.table, act: flip },
    { text: S.panels.png, act: () => void files().then((f) => f.savePng(out)) },
    { text: S.panels.svg, act: () => void files().then((f) => f.saveSvg(out)) },
    { text: S.panels.csv, act: () => void files().then((f) => f.saveCsv(out)) },
    { text: S.panels.command, act: () => void files().then((f) => f.copyCommand(out)) },
  ];
}

interface Keyed {
  id: string;
  set: CurveSet | undefined;
  lines: readonly Drawn[];
  board: Board;
  full: (() => void) | undefined;
  flip: () => void;
  reset: () => void;
}
const FAR = 10;

// The cursor by keyboard, and the letters that also work while the pointer is on the panel.
function useKeysOf(now: Keyed, hovered: boolean): (e: KeyboardEvent) => void {
  const navigate = useNavigate();
  const latest = useLatest(now);
  const focus = useRef<string | null>(null);
  useEffect(() => now.board.bus.watch((id) => (focus.current = id)), [now.board.bus]);
  const letter = useCallback(
    (key: string): boolean => {
      const { full, flip, reset, board } = latest.current;
      if (key === 'f' && full) full();
      else if (key === 'T') flip();
      else if (key === '0') {
        reset();
        board.setZoom(null);
      } else return false;
      return true;
    },
    [latest],
  );
  useEffect(() => {
    if (!hovered) return;
    const press = (e: globalThis.KeyboardEvent) => {
      if (e.metaKey || e.ctrlKey || e.altKey || typing(e.target) || lettersOff() || e.defaultPrevented) return;
      if (e.key === 'Escape') latest.current.board.cursor.setPins([]);
      else if (letter(e.key)) e.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [hovered, latest, letter]);
  return (e) => {
    const { id, set, lines, board } = latest.current;
    if (e.target !== e.currentTarget || e.metaKey || e.ctrlKey || e.altKey || !set || set.x.length === 0) return;
    const at = board.cursor.at === null ? -1 : nearestIndex(set.x, board.cursor.at);
    const step = (to: number) => board.cursor.set(set.x[Math.min(Math.max(to, 0), set.x.length - 1)]!, id);
    const jump = e.shiftKey ? FAR : 1;
    if (e.key === 'ArrowRight') step(at + jump);
    else if (e.key === 'ArrowLeft') step(at < 0 ? set.x.length - 1 : at - jump);
    else if (e.key === 'Home') step(0);
    else if (e.key === 'End') step(set.x.length - 1);
    else if (e.key === 'ArrowUp' || e.key === 'ArrowDown') {
      const order = readings(lines, at < 0 ? set.x.length - 1 : at);
      const place = order.findIndex((r) => lines[r.line]!.curve.id === focus.current);
      const next = order[Math.min(Math.max(place + (e.key === 'ArrowDown' ? 1 : -1), 0), order.length - 1)];
      if (next) board.bus.set(lines[next.line]!.curve.id);
    } else if (e.key === ' ') {
      if (board.cursor.at !== null) board.cursor.pin(board.cursor.at, 0);
    } else if (e.key === 'Enter') {
      const run = lines.find((l) => l.curve.id === focus.current)?.curve.run;
      if (!run) return;
      void navigate({ to: `/p/${board.project}/r/${run}` as never });
    } else if (e.key === 'Escape') {
      board.cursor.setPins([]);
      board.cursor.set(null, '');
      board.bus.set(null);
    } else if (!letter(e.key)) return;
    e.preventDefault();
    e.stopPropagation();
    say(set, lines, board, focus.current);
  };
}

const SAY_MS = 500;
let sayTimer = 0;

// Told politely, twice a second at most.
function say(set: CurveSet, lines: readonly Drawn[], board: Board, focus: string | null): void {
  const { at } = board.cursor;
  if (at === null || sayTimer) return;
  sayTimer = window.setTimeout(() => {
    sayTimer = 0;
    const live = document.getElementById('panels-live');
    const index = nearestIndex(set.x, board.cursor.at ?? at);
    const all = readings(lines, index);
    const own = all.find((r) => lines[r.line]!.curve.id === focus) ?? all[0];
    if (live && own) live.textContent = S.panels.readoutAt(`${axisName(board.x)} ${xText(board.x, set.x[index]!)}`, `${lines[own.line]!.name} ${figure(own.value)}`);
  }, SAY_MS);
}
