// A panel as a file: PNG and SVG of the same scene, with what it shows written under it; CSV of what is drawn; the command that tells the same.
import { csvOfRows, quoted } from '../../../format/csv';
import { save } from '../../../ui/save';
import { copyText } from '../../../ui/Feedback';
import { paint, paintInside, paletteOf } from '../../../ui/plot/paint';
import type { Item, Raster, Scene } from '../../../ui/plot/scene';
import { svgOf } from '../../../ui/plot/svg';
import { toast } from '../../../ui/Toast';
import { absolute } from '../../../format/time';
import { ownUrl } from '../../../api/prefix';
import { S } from '../../../strings';
import { axisName, xText } from './axis';
import type { Board } from './board';
import type { CurveSet } from './curves';
import { labelItems, type Drawn, type LineScene } from './lineScene';
import type { Panel } from './layout';
import { onScratch } from './pool';

interface Out {
  title: string;
  set: CurveSet;
  lines: readonly Drawn[];
  scene: LineScene;
  board: Board;
  panel: Panel;
  words: string;
}

const PNG_RATIO = 2;
const HEAD_PX = 34;
const LINE_PX = 15;
const EDGE_PX = 12;
const LEGEND_WIDTH_PX = 200;
const LEGEND_MOST = 24;

const shifted = (item: Item, dy: number): Item => {
  if (item.kind === 'line' || item.kind === 'area') return { ...item, points: item.points.map((v, i) => (i % 2 ? v + dy : v)) };
  return { ...item, y: item.y + dy };
};

// The scene of the panel with a title above it, and names, range, filter and address under it.
function sheetOf({ title, scene, lines, board, set }: Out): Scene {
  const columns = Math.max(1, Math.floor((scene.width - 2 * EDGE_PX) / LEGEND_WIDTH_PX));
  const legend = [...lines].reverse().slice(0, LEGEND_MOST);
  const rows = Math.ceil(legend.length / columns);
  const top = scene.height + HEAD_PX + 10;
  const items: Item[] = [{ kind: 'text', x: EDGE_PX, y: 18, text: title, ink: 'text', size: 14, bold: true }];
  legend.forEach((line, i) => {
    const x = EDGE_PX + (i % columns) * LEGEND_WIDTH_PX;
    const y = top + Math.floor(i / columns) * LINE_PX;
    items.push({ kind: 'line', points: [x, y, x + 18, y], ink: line.ink, width: 2, dash: line.dash }, { kind: 'text', x: x + 24, y, text: line.name.length > 30 ? `…${line.name.slice(-29)}` : line.name, ink: 'text2' });
  });
  const foot = top + rows * LINE_PX + 6;
  const notes = footer(board, set);
  notes.forEach((text, i) => items.push({ kind: 'text', x: EDGE_PX, y: foot + i * LINE_PX, text, ink: 'text3', size: 10 }));
  const down = (list: Item[]) => list.map((item) => shifted(item, HEAD_PX));
  const { box } = scene;
  return { width: scene.width, height: foot + notes.length * LINE_PX + 4, box: { ...box, top: box.top + HEAD_PX, bottom: box.bottom + HEAD_PX }, back: down(scene.back), ink: down(scene.ink), front: [...down(scene.front), ...down(labelItems(scene, lines)), ...items] };
}

function footer(board: Board, set: CurveSet): string[] {
  const range = `${axisName(board.x)} ${xText(board.x, board.zoom?.[0] ?? set.x[0] ?? 0)} … ${xText(board.x, board.zoom?.[1] ?? set.x.at(-1) ?? 0)}`;
  return [[range, S.panels.drawn(board.shown.length, board.total), board.wish.filter, `${S.panels.rev} ${set.rev}`, absolute(Date.now())].filter(Boolean).join(' · '), location.href];
}

const fileName = (title: string, kind: string): string => `${title.replace(/[^\p{L}\p{N}._-]+/gu, '_')}.${kind}`;

export function savePng(out: Out): void {
  const sheet = sheetOf(out);
  const palette = paletteOf();
  onScratch(sheet.width, sheet.height, PNG_RATIO, (g) => {
    g.fillStyle = palette('surface');
    g.fillRect(0, 0, sheet.width, sheet.height);
    paint(g, sheet.back, palette);
    paintInside(g, sheet, palette);
    paint(g, sheet.front, palette);
  })?.toBlob((blob) => blob && save(blob, fileName(out.title, 'png')), 'image/png');
}

const pictureOfCells = (cells: Raster): string => onScratch(cells.width, cells.height, 1, (g) => g.putImageData(new ImageData(cells.pixels as Uint8ClampedArray<ArrayBuffer>, cells.width, cells.height), 0, 0))?.toDataURL('image/png') ?? '';

export function saveSvg(out: Out): void {
  save(new Blob([svgOf(sheetOf(out), out.words, paletteOf(), pictureOfCells)], { type: 'image/svg+xml' }), fileName(out.title, 'svg'));
}

const written = (v: number | undefined, count: number | undefined): string => (v === undefined ? '' : v !== v ? (count ? 'NaN' : '') : String(Number(v.toPrecision(9))));

// One row a bucket; of each line its last value, and least, most and smoothed where they are drawn.
export function csvOf({ set, lines, board }: Pick<Out, 'set' | 'lines' | 'board'>): string {
  const ordered = [...lines].reverse();
  const parts = ordered.flatMap((line) => (['last', 'min', 'max', 'smooth'] as const).filter((part) => line.curve[part]).map((part) => ({ line, part })));
  const head = [axisName(board.x), ...parts.map(({ line, part }) => `${line.name} ${line.curve.key}${part === 'last' ? '' : ` ${part}`}`)];
  const rows = Array.from(set.x, (x, i) => [String(x), ...parts.map(({ line, part }) => written(line.curve[part]?.[i], line.curve.count?.[i]))]);
  return csvOfRows([head, ...rows].map((row) => row.map(quoted)));
}

export const saveCsv = (out: Out): void => save(new Blob([csvOf(out)], { type: 'text/csv' }), fileName(out.title, 'csv'));

const inShell = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

// One line a run: a curve is told by its run and key.
export const commandOf = (runs: readonly string[], key: string, url: string): string => runs.map((run) => `gyre run curve ${inShell(run)} ${inShell(key)} --server ${inShell(url)}`).join('\n');

export function copyCommand({ lines, panel }: Out): void {
  const runs = [...new Set([...lines].reverse().flatMap((l) => (l.curve.run ? [l.curve.run] : [])))];
  void copyText(commandOf(runs, panel.keys[0] ?? '', ownUrl())).then(() => toast(S.panels.copied));
}
