// A scene on a canvas.
import { token } from '../theme';
import { corners, lonely, type Item, type Scene } from './scene';

export type Palette = (ink: string) => string;

// Tokens of the theme that is shown, each read once.
export function paletteOf(): Palette {
  const known = new Map<string, string>();
  return (ink) => {
    const had = known.get(ink);
    if (had !== undefined) return had;
    const colour = token(ink);
    known.set(ink, colour);
    return colour;
  };
}

const FONT = 'system-ui, sans-serif';
const MONO = "ui-monospace, 'DejaVu Sans Mono', monospace";
export const TEXT_PX = 11;

export function paint(g: CanvasRenderingContext2D, items: readonly Item[], palette: Palette): void {
  for (const item of items) {
    g.globalAlpha = ('alpha' in item ? item.alpha : undefined) ?? 1;
    put(g, item, palette);
  }
  g.globalAlpha = 1;
}

export function paintInside(g: CanvasRenderingContext2D, { box, ink }: Scene, palette: Palette): void {
  g.save();
  g.beginPath();
  g.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  g.clip();
  paint(g, ink, palette);
  g.restore();
}

function put(g: CanvasRenderingContext2D, item: Item, palette: Palette): void {
  switch (item.kind) {
    case 'line': {
      g.strokeStyle = palette(item.ink);
      g.lineWidth = item.width;
      g.lineJoin = 'round';
      g.setLineDash((item.dash ?? []) as number[]);
      g.beginPath();
      trace(g, item.points);
      g.stroke();
      g.setLineDash([]);
      const alone = lonely(item.points);
      g.fillStyle = g.strokeStyle;
      for (let i = 0; i < alone.length; i += 2) dot(g, alone[i]!, alone[i + 1]!, item.width + 0.5, true);
      return;
    }
    case 'area':
      g.fillStyle = palette(item.ink);
      g.beginPath();
      trace(g, item.points);
      g.fill();
      return;
    case 'rect':
      g.fillStyle = palette(item.ink);
      g.fillRect(item.x, item.y, item.width, item.height);
      return;
    case 'mark': {
      g.strokeStyle = palette(item.ink);
      g.fillStyle = item.shape === 'dot' ? palette(item.ink) : palette('surface');
      g.lineWidth = 1.5;
      if (item.shape === 'dot' || item.shape === 'ring') return dot(g, item.x, item.y, item.size, item.shape === 'dot');
      const at = corners(item.shape, item.size);
      g.beginPath();
      for (let i = 0; i < at.length; i += 2) g.lineTo(item.x + at[i]!, item.y + at[i + 1]!);
      g.closePath();
      g.fill();
      g.stroke();
      return;
    }
    case 'text':
      g.fillStyle = palette(item.ink);
      g.font = `${item.bold ? '600 ' : ''}${item.size ?? TEXT_PX}px ${item.mono ? MONO : FONT}`;
      g.textBaseline = 'middle';
      g.textAlign = item.anchor === 'middle' ? 'center' : (item.anchor ?? 'start');
      g.fillText(item.text, item.x, item.y);
      return;
    case 'raster':
      return raster(g, item);
  }
}

function trace(g: CanvasRenderingContext2D, points: readonly number[]): void {
  let open = false;
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    if (x !== x || y !== y) open = false;
    else if (open) g.lineTo(x, y);
    else {
      g.moveTo(x, y);
      open = true;
    }
  }
}

function dot(g: CanvasRenderingContext2D, x: number, y: number, radius: number, full: boolean): void {
  g.beginPath();
  g.arc(x, y, radius, 0, 2 * Math.PI);
  g.fill();
  if (!full) g.stroke();
}

let sheet: HTMLCanvasElement | null = null;  // one for all: cells are put there and scaled from there

function raster(g: CanvasRenderingContext2D, { x, y, width, height, cells }: Extract<Item, { kind: 'raster' }>): void {
  sheet ??= document.createElement('canvas');
  sheet.width = cells.width;
  sheet.height = cells.height;
  sheet.getContext('2d')?.putImageData(new ImageData(cells.pixels as Uint8ClampedArray<ArrayBuffer>, cells.width, cells.height), 0, 0);
  g.imageSmoothingEnabled = false;
  g.drawImage(sheet, x, y, width, height);
}
