// What moves with the pointer: cursor, pins, the line that is hovered, values in place of names. Drawn by hand, since it
// moves at the pointer's speed; nothing below is painted anew.
import { useEffect, useRef } from 'react';
import { figure } from '../../../format/number';
import { useLatest } from '../../../ui/measure';
import { nearestIndex, place } from '../../../ui/plot/scale';
import { pathOf } from '../../../ui/plot/scene';
import { useBoard, type Board } from './board';
import type { Drawn, LineScene } from './lineScene';
import { LABELLED } from './lineScene';
import { readingAt } from './readout';

interface Props {
  scene: LineScene;
  lines: readonly Drawn[];
  x: Float64Array;
}
const SVG = 'http://www.w3.org/2000/svg';
const PALE = 'pale';

export function Overlay(props: Props) {
  const board = useBoard();
  const latest = useLatest({ ...props, board });
  const root = useRef<SVGSVGElement>(null);
  const focused = useRef<string | null>(null);
  const { scene, lines } = props;
  useEffect(() => {
    const draw = () => root.current && update(root.current, latest.current, focused.current);
    const leaveCursor = board.cursor.watch(draw);
    const leaveBus = board.bus.watch((id) => {
      if (id === focused.current) return;
      focused.current = id;
      draw();
    });
    return () => {
      leaveCursor();
      leaveBus();
    };
  }, [board.cursor, board.bus, latest]);
  useEffect(() => {
    if (root.current) update(root.current, latest.current, focused.current);
  }, [scene, lines, latest]);
  return (
    <svg ref={root} className="plot-over" width={scene.width} height={scene.height} aria-hidden="true">
      <g className="plot-focus" />
      <g className="plot-pins" />
      <line className="plot-cursor" y1={scene.box.top} y2={scene.box.bottom} visibility="hidden" />
      <g className="plot-dots" />
      <g className="plot-labels">
        {scene.labels.map((label) => (
          <text key={label.line} x={scene.box.right + 8} y={label.y} dy="0.35em" fill={`var(--g-${lines[label.line]?.ink ?? 'text'})`} fontWeight={lines[label.line]?.base ? 600 : undefined}>
            {label.text}
          </text>
        ))}
      </g>
      <rect className="plot-band" visibility="hidden" />
    </svg>
  );
}

function update(root: SVGSVGElement, { scene, lines, x, board }: Props & { board: Board }, focus: string | null): void {
  cursor(root, scene, board);
  pins(root, scene, board);
  light(root, scene, lines, focus);
  values(root, scene, lines, x, board);
}

function cursor(root: SVGSVGElement, { xScale, box }: LineScene, { cursor: { at } }: Board): void {
  const line = root.querySelector('.plot-cursor')!;
  const px = at === null ? NaN : place(xScale, at);
  const inside = px >= box.left - 0.5 && px <= box.right + 0.5;
  line.setAttribute('visibility', inside ? 'visible' : 'hidden');
  if (!inside) return;
  line.setAttribute('x1', String(px));
  line.setAttribute('x2', String(px));
}

function fit(group: Element, tag: string, count: number): Element[] {
  while (group.childElementCount > count) group.lastElementChild!.remove();
  while (group.childElementCount < count) group.append(document.createElementNS(SVG, tag));
  return [...group.children];
}

function set(node: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
}

function pins(root: SVGSVGElement, { xScale, box }: LineScene, { cursor: { pins: all } }: Board): void {
  const here = all.map((at) => place(xScale, at)).filter((px) => px >= box.left && px <= box.right);
  fit(root.querySelector('.plot-pins')!, 'line', here.length).forEach((node, i) => set(node, { x1: here[i]!, x2: here[i]!, y1: box.top, y2: box.bottom }));
}

// All other lines step back, the hovered one comes forward: the canvas is made pale as a whole and that line is drawn over it.
function light(root: SVGSVGElement, scene: LineScene, lines: readonly Drawn[], focus: string | null): void {
  const lit = focus === null ? [] : lines.map((line, i) => ({ line, i })).filter(({ line }) => line.curve.id === focus);
  root.parentElement?.classList.toggle(PALE, lit.length > 0);
  fit(root.querySelector('.plot-focus')!, 'path', lit.length).forEach((node, at) => {
    const { line, i } = lit[at]!;
    set(node, { d: pathOf(known(scene, i)), stroke: `var(--g-${line.ink})`, 'stroke-dasharray': line.dash.join(' '), 'stroke-width': 2.5, fill: 'none' });
  });
}

function known(scene: LineScene, line: number): number[] {
  const out: number[] = [];
  const ys = scene.py[line]!;
  for (let i = 0; i < ys.length; i++) if (ys[i] === ys[i]) out.push(scene.px[i]!, ys[i]!);
  return out;
}

function values(root: SVGSVGElement, scene: LineScene, lines: readonly Drawn[], x: Float64Array, { cursor: { at } }: Board): void {
  const index = at === null ? -1 : nearestIndex(x, at);
  const inside = index >= 0 && at !== null && at >= scene.xScale.from && at <= scene.xScale.to;
  const texts = root.querySelector('.plot-labels')!.children;
  scene.labels.forEach((label, i) => {
    const text = texts[i];
    const line = lines[label.line];
    if (!text || !line) return;
    const series = line.curve.smooth ?? line.curve.last;
    const place = inside ? readingAt(series, index) : -1;
    text.textContent = !inside ? label.text : place < 0 ? '' : figure(series[place]);
  });
  const dots: { x: number; y: number; ink: string }[] = [];
  if (inside && lines.length <= 2 * LABELLED)
    lines.forEach((line, i) => {
      const place = readingAt(scene.py[i]!, index);
      const y = place < 0 ? NaN : scene.py[i]![place]!;
      if (y >= scene.box.top - 1 && y <= scene.box.bottom + 1) dots.push({ x: scene.px[place]!, y, ink: line.ink });
    });
  fit(root.querySelector('.plot-dots')!, 'circle', dots.length).forEach((node, i) => set(node, { cx: dots[i]!.x, cy: dots[i]!.y, r: 3, fill: `var(--g-${dots[i]!.ink})` }));
}
