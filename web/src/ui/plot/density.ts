// Where many lines lie: counts of a raster as colours of the sequential scale.
import type { Raster } from './scene';

export interface Density {
  width: number;
  height: number;
  max: number;
  cells: Uint16Array;  // rows from the top
}

export function cellsOf(base64: string): Uint16Array {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, true));
}

// 0..1 for a count: by its logarithm, so that one line is seen beside ten thousand.
export const heatOf = (count: number, max: number): number => (count <= 0 ? 0 : max <= 1 ? 1 : Math.log(1 + count) / Math.log(1 + max));

const hex = (colour: string): [number, number, number] => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)) as [number, number, number];

// Between the steps of the scale colours are mixed; empty cells are clear.
export function colourAt(heat: number, scale: readonly string[]): [number, number, number] {
  const at = Math.min(Math.max(heat, 0), 1) * (scale.length - 1);
  const i = Math.min(Math.floor(at), scale.length - 2);
  const low = hex(scale[i] ?? '');
  const high = hex(scale[i + 1] ?? '');
  return low.map((v, c) => Math.round(v + (high[c]! - v) * (at - i))) as [number, number, number];
}

const SHADES = 256;

export function rasterOf({ width, height, max, cells }: Density, scale: readonly string[]): Raster {
  const shades = Array.from({ length: SHADES }, (_, i) => colourAt(i / (SHADES - 1), scale));
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const count = cells[i] ?? 0;
    if (count === 0) continue;
    const [r, g, b] = shades[Math.round(heatOf(count, max) * (SHADES - 1))]!;
    pixels.set([r, g, b, 255], 4 * i);
  }
  return { width, height, pixels };
}
