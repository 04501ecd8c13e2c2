// A picture as data: one list of things that the canvas, the SVG writer and the page itself draw alike.
// Colours are names of tokens, so that a theme paints the same scene anew.
export type Shape = 'diamond' | 'up' | 'down' | 'dot' | 'ring';

export type Item =
  | { kind: 'line'; points: readonly number[]; ink: string; width: number; dash?: readonly number[]; alpha?: number }  // x, y, x, y; NaN parts it
  | { kind: 'area'; points: readonly number[]; ink: string; alpha: number }  // x, y of the one edge, then of the other on its way back
  | { kind: 'rect'; x: number; y: number; width: number; height: number; ink: string; alpha?: number }
  | { kind: 'mark'; shape: Shape; x: number; y: number; size: number; ink: string; alpha?: number; words?: string }
  | { kind: 'text'; x: number; y: number; text: string; ink: string; anchor?: 'start' | 'middle' | 'end'; size?: number; bold?: boolean; mono?: boolean }
  | { kind: 'raster'; x: number; y: number; width: number; height: number; cells: Raster };

export interface Raster {
  width: number;
  height: number;
  pixels: Uint8ClampedArray;  // RGBA, rows from the top
}

export interface Box {
  left: number;
  top: number;
  right: number;   // of the plot's edge, not a gutter
  bottom: number;
}

export interface Scene {
  width: number;
  height: number;
  box: Box;        // the plot itself; data is cut at it
  back: Item[];    // axes and grid
  ink: Item[];     // data
  front: Item[];   // labels and marks outside of the plot
}

// The corners of a mark around 0, 0; dots have none.
export function corners(shape: Shape, size: number): readonly number[] {
  if (shape === 'diamond') return [0, -size, size, 0, 0, size, -size, 0];
  if (shape === 'up') return [0, -size, size, size * 0.8, -size, size * 0.8];
  if (shape === 'down') return [0, size, size, -size * 0.8, -size, -size * 0.8];
  return [];
}

const digits = (v: number) => Math.round(v * 10) / 10;

export function pathOf(points: readonly number[], closed = false): string {
  let path = '';
  let open = false;
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    if (Number.isNaN(x) || Number.isNaN(y)) {
      open = false;
      continue;
    }
    path += `${open ? 'L' : 'M'}${digits(x)} ${digits(y)}`;
    open = true;
  }
  return closed && path ? `${path}Z` : path;
}

// Points of a line with nothing on either side: drawn as dots, a line could not show them.
export function lonely(points: readonly number[]): number[] {
  const out: number[] = [];
  const there = (i: number) => i >= 0 && i + 1 < points.length && !Number.isNaN(points[i]!) && !Number.isNaN(points[i + 1]!);
  for (let i = 0; i < points.length; i += 2) if (there(i) && !there(i - 2) && !there(i + 2)) out.push(points[i]!, points[i + 1]!);
  return out;
}
