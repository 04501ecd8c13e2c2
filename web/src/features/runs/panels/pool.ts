// Canvases that are in use. A browser holds few of them well, so panels lend them: who stands on the screen has one, the rest are pictures.
export const MOST_LIVE = 24;

const idle: HTMLCanvasElement[] = [];
let live = 0;

export function lend(): HTMLCanvasElement | null {
  if (live >= MOST_LIVE) return null;
  live++;
  return idle.pop() ?? document.createElement('canvas');
}

export function giveBack(canvas: HTMLCanvasElement): void {
  live--;
  canvas.remove();
  canvas.width = canvas.height = 0;  // its pixels go, the element stays for the next
  idle.push(canvas);
}

let scratch: HTMLCanvasElement | null = null;

// Draws on a canvas that nobody sees, and keeps the picture.
export function pictureOf(width: number, height: number, ratio: number, draw: (g: CanvasRenderingContext2D) => void): string {
  const sheet = onScratch(width, height, ratio, draw);
  return sheet ? sheet.toDataURL('image/png') : '';
}

export function onScratch(width: number, height: number, ratio: number, draw: (g: CanvasRenderingContext2D) => void): HTMLCanvasElement | null {
  scratch ??= document.createElement('canvas');
  scratch.width = Math.round(width * ratio);
  scratch.height = Math.round(height * ratio);
  const g = scratch.getContext('2d');
  if (!g) return null;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  draw(g);
  return scratch;
}
