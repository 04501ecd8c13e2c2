// The pointer on a plot: move shows, click pins, drag zooms x and with shift y, a double click goes back.
import { useEffect } from 'react';
import { useLatest } from '../../../ui/measure';
import { nearestLine } from '../../../ui/plot/hit';
import { valueAt, type Span } from '../../../ui/plot/scale';
import { useBoard, type Board } from './board';
import type { Drawn, LineScene } from './lineScene';

const NEAR_PX = 18;
const DRAG_PX = 5;
const PIN_PX = 6;
const DOUBLE_MS = 500;

interface Act {
  id: string;
  scene: LineScene;
  lines: readonly Drawn[];
  zoomY: (span: Span | null) => void;
  hovered: (over: boolean) => void;
  seek?: (x: number, y: number) => void;  // where lines are too many to be drawn, the server knows the nearest
}

export function usePointer(node: HTMLElement | null, act: Act): void {
  const board = useBoard();
  const latest = useLatest({ ...act, board });
  useEffect(() => {
    if (!node) return;
    let from: { x: number; y: number; shift: boolean; id: number } | null = null;
    let pinsBefore: readonly number[] = [];  // of the clicks that may yet turn out to be a double one
    let clicked = -Infinity;
    const where = (e: PointerEvent | MouseEvent) => {
      const box = node.getBoundingClientRect();
      return { x: e.clientX - box.left, y: e.clientY - box.top };
    };
    const move = (e: PointerEvent) => {
      const at = where(e);
      const now = latest.current;
      const drag = from && Math.hypot(at.x - from.x, at.y - from.y) > DRAG_PX;
      band(node, now.scene, drag && from ? { a: from, b: at, y: from.shift } : null);
      const { box } = now.scene;
      const inside = at.x >= box.left - 2 && at.x <= box.right + 2;
      now.board.cursor.set(inside ? valueAt(now.scene.xScale, Math.min(Math.max(at.x, box.left), box.right)) : null, now.id);
      if (from) return;
      hover(now.board, now.scene, now.lines, at.x, at.y);
      if (inside) now.seek?.(valueAt(now.scene.xScale, at.x), valueAt(now.scene.yScale, at.y));
    };
    const enter = () => latest.current.hovered(true);
    const leave = () => {
      if (from) return;
      const { board: now, hovered } = latest.current;
      now.cursor.set(null, '');
      now.bus.set(null);
      hovered(false);
    };
    const down = (e: PointerEvent) => {
      if (e.button !== 0) return;
      from = { ...where(e), shift: e.shiftKey, id: e.pointerId };
      node.setPointerCapture(e.pointerId);
    };
    const up = (e: PointerEvent) => {
      if (!from) return;
      const start = from;
      const end = where(e);
      from = null;
      const { scene, board: now, zoomY } = latest.current;
      band(node, scene, null);
      if (Math.hypot(end.x - start.x, end.y - start.y) <= DRAG_PX) {
        if (e.type === 'pointerup' && end.x >= scene.box.left && end.x <= scene.box.right) {
          if (e.timeStamp - clicked > DOUBLE_MS) pinsBefore = now.cursor.pins;
          clicked = e.timeStamp;
          now.cursor.pin(valueAt(scene.xScale, end.x), Math.abs(valueAt(scene.xScale, end.x + PIN_PX) - valueAt(scene.xScale, end.x)));
        }
      } else if (e.type === 'pointerup') {
        if (start.shift) zoomY(range(scene.yScale, end.y, start.y, scene.box.bottom, scene.box.top));
        else now.setZoom(range(scene.xScale, start.x, end.x, scene.box.left, scene.box.right));
      }
    };
    const back = () => {
      const { board: now, zoomY } = latest.current;
      now.cursor.setPins(pinsBefore);
      now.setZoom(null);
      zoomY(null);
    };
    const events: [string, (e: never) => void][] = [['pointermove', move], ['pointerenter', enter], ['pointerleave', leave], ['pointerdown', down], ['pointerup', up], ['pointercancel', up], ['dblclick', back]];
    for (const [name, listener] of events) node.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of events) node.removeEventListener(name, listener as EventListener);
      latest.current.board.cursor.set(null, '');
    };
  }, [node, latest]);
}

function hover(board: Board, scene: LineScene, lines: readonly Drawn[], x: number, y: number): void {
  const hit = nearestLine(scene.px, scene.py, x, y, NEAR_PX);
  board.bus.set(hit ? lines[hit.line]!.curve.id : null);
}

function range(scale: LineScene['xScale'], a: number, b: number, first: number, last: number): Span {
  const held = (px: number) => Math.min(Math.max(px, Math.min(first, last)), Math.max(first, last));
  const [from, to] = [valueAt(scale, held(a)), valueAt(scale, held(b))];
  return [Math.min(from, to), Math.max(from, to)];
}

function band(node: HTMLElement, { box }: LineScene, drag: { a: { x: number; y: number }; b: { x: number; y: number }; y: boolean } | null): void {
  const rect = node.querySelector('.plot-band');
  if (!rect) return;
  rect.setAttribute('visibility', drag ? 'visible' : 'hidden');
  if (!drag) return;
  const held = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);
  const [x1, x2] = drag.y ? [box.left, box.right] : [held(Math.min(drag.a.x, drag.b.x), box.left, box.right), held(Math.max(drag.a.x, drag.b.x), box.left, box.right)];
  const [y1, y2] = drag.y ? [held(Math.min(drag.a.y, drag.b.y), box.top, box.bottom), held(Math.max(drag.a.y, drag.b.y), box.top, box.bottom)] : [box.top, box.bottom];
  for (const [name, value] of [['x', x1], ['y', y1], ['width', x2 - x1], ['height', y2 - y1]] as const) rect.setAttribute(name, String(value));
}
