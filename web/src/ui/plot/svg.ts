// A scene as a file of its own: SVG with the colours written out.
import { corners, lonely, pathOf, type Item, type Scene } from './scene';

const FONT = 'system-ui, -apple-system, "Segoe UI", sans-serif';

export const escaped = (text: string): string => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
const number = (v: number): string => String(Math.round(v * 100) / 100);
const alpha = (a: number | undefined): string => (a === undefined || a === 1 ? '' : ` opacity="${number(a)}"`);

function element(item: Item, colour: (ink: string) => string, picture: (cells: Extract<Item, { kind: 'raster' }>['cells']) => string): string {
  switch (item.kind) {
    case 'line': {
      const ink = colour(item.ink);
      const dash = item.dash?.length ? ` stroke-dasharray="${item.dash.map(number).join(' ')}"` : '';
      const alone = lonely(item.points);
      let dots = '';
      for (let i = 0; i < alone.length; i += 2) dots += `<circle cx="${number(alone[i]!)}" cy="${number(alone[i + 1]!)}" r="${number(item.width + 0.5)}" fill="${ink}"${alpha(item.alpha)}/>`;
      return `<path d="${pathOf(item.points)}" fill="none" stroke="${ink}" stroke-width="${number(item.width)}" stroke-linejoin="round"${dash}${alpha(item.alpha)}/>${dots}`;
    }
    case 'area':
      return `<path d="${pathOf(item.points, true)}" fill="${colour(item.ink)}"${alpha(item.alpha)}/>`;
    case 'rect':
      return `<rect x="${number(item.x)}" y="${number(item.y)}" width="${number(item.width)}" height="${number(item.height)}" fill="${colour(item.ink)}"${alpha(item.alpha)}/>`;
    case 'mark': {
      const ink = colour(item.ink);
      const words = item.words ? `<title>${escaped(item.words)}</title>` : '';
      if (item.shape === 'dot' || item.shape === 'ring')
        return `<circle cx="${number(item.x)}" cy="${number(item.y)}" r="${number(item.size)}" fill="${item.shape === 'dot' ? ink : colour('surface')}" stroke="${ink}" stroke-width="${item.shape === 'dot' ? 0 : 1.5}"${alpha(item.alpha)}>${words}</circle>`;
      const at = corners(item.shape, item.size).map((v, i) => v + (i % 2 ? item.y : item.x));
      return `<path d="${pathOf(at, true)}" fill="${colour('surface')}" stroke="${ink}" stroke-width="1.5"${alpha(item.alpha)}>${words}</path>`;
    }
    case 'text':
      return `<text x="${number(item.x)}" y="${number(item.y)}" dy=".35em" fill="${colour(item.ink)}" font-size="${item.size ?? 11}"${item.anchor && item.anchor !== 'start' ? ` text-anchor="${item.anchor}"` : ''}${item.bold ? ' font-weight="600"' : ''}${item.mono ? ' font-family="ui-monospace, monospace"' : ''}>${escaped(item.text)}</text>`;
    case 'raster':
      return `<image x="${number(item.x)}" y="${number(item.y)}" width="${number(item.width)}" height="${number(item.height)}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${picture(item.cells)}"/>`;
  }
}

export function svgOf(scene: Scene, words: string, colour: (ink: string) => string, picture: (cells: Extract<Item, { kind: 'raster' }>['cells']) => string = () => ''): string {
  const { box } = scene;
  const all = (items: readonly Item[]) => items.map((item) => element(item, colour, picture)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${scene.width}" height="${scene.height}" viewBox="0 0 ${scene.width} ${scene.height}" font-family='${FONT}' role="img">
<title>${escaped(words)}</title>
<rect width="100%" height="100%" fill="${colour('surface')}"/>
<clipPath id="plot"><rect x="${number(box.left)}" y="${number(box.top)}" width="${number(box.right - box.left)}" height="${number(box.bottom - box.top)}"/></clipPath>
${all(scene.back)}
<g clip-path="url(#plot)">
${all(scene.ink)}
</g>
${all(scene.front)}
</svg>
`;
}
