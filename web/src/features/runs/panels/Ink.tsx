// The data of a scene on a canvas of the pool, or as a picture where all canvases are lent.
import { useLayoutEffect, useRef } from 'react';
import { paintInside, paletteOf } from '../../../ui/plot/paint';
import type { Scene } from '../../../ui/plot/scene';
import { useTheme } from '../../../ui/theme';
import { giveBack, lend, pictureOf } from './pool';

const ratio = () => Math.min(2, Math.max(1, devicePixelRatio || 1));

export function Ink({ scene, label }: { scene: Scene; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const held = useRef<HTMLCanvasElement | null>(null);
  const theme = useTheme();
  useLayoutEffect(() => {
    const canvas = lend();
    held.current = canvas;
    if (canvas) {
      canvas.setAttribute('aria-hidden', 'true');
      box.current?.append(canvas);
    }
    return () => {
      held.current = null;
      if (canvas) giveBack(canvas);
    };
  }, []);
  useLayoutEffect(() => {
    const { width, height } = scene;
    const palette = paletteOf();
    const canvas = held.current;
    if (!canvas) {
      const node = box.current;
      if (!node) return;
      const image = node.querySelector('img') ?? node.appendChild(new Image());
      image.alt = '';
      image.src = pictureOf(width, height, ratio(), (g) => paintInside(g, scene, palette));
      return;
    }
    const dots = ratio();
    canvas.width = Math.round(width * dots);
    canvas.height = Math.round(height * dots);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const g = canvas.getContext('2d');
    if (!g) return;
    g.setTransform(dots, 0, 0, dots, 0, 0);
    paintInside(g, scene, palette);
  }, [scene, theme]);
  return <div ref={box} className="plot-ink" role="img" aria-label={label} />;
}
