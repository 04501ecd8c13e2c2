// A canvas of the page's own for what is drawn of many runs at once.
import { useLayoutEffect, useRef } from 'react';
import { paletteOf, type Palette } from '../../../ui/plot/paint';
import { useTheme } from '../../../ui/theme';

export const SHADES = 9;  // of the sequential scale

export function DrawnCanvas({ width, height, draw, label }: { width: number; height: number; draw: (g: CanvasRenderingContext2D, ink: Palette) => void; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useLayoutEffect(() => {
    const node = canvas.current;
    const g = node?.getContext('2d');
    if (!node || !g) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    node.width = Math.round(width * ratio);
    node.height = Math.round(height * ratio);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(g, paletteOf());
  }, [width, height, draw, theme]);
  return <canvas ref={canvas} className="plot-ink" role="img" aria-label={label} style={{ width, height }} />;
}

// The step of the scale for a place from 0 to 1; the palest are left out, a line of them could not be seen.
export const shadeOf = (place: number): string => `seq-${Math.min(SHADES, 3 + Math.floor(Math.max(0, Math.min(1, Number.isNaN(place) ? 0 : place)) * (SHADES - 2.001)))}`;
