// Fails when a colour token breaks the contract: WCAG contrast, distance under colour-blindness, monotone scales.
// node scripts/verify-tokens.mjs [--quiet]
import fs from 'node:fs';
import { contrast, distance, lightness, SIGHTS } from './colour.mjs';

const quiet = process.argv.includes('--quiet');
const tokens = JSON.parse(fs.readFileSync(new URL('../tokens/tokens.json', import.meta.url), 'utf8'));
const failures = [];

function atLeast(what, value, limit) {
  if (!(value >= limit)) failures.push(`${what}: ${value.toFixed(2)}, wanted ${limit}`);
  else if (!quiet) console.log(`ok  ${what}  ${value.toFixed(2)} >= ${limit}`);
}

const worst = (front, backs) => Math.min(...backs.map((back) => contrast(front, back)));

function text(theme, { ui, status, diff }) {
  const all = ['canvas', 'surface', 'raised', 'sunken', 'hover', 'selected'].map((name) => ui[name]);
  for (const name of ['text', 'text2', 'text3', 'accent', 'axis']) atLeast(`${theme} ${name} on every background`, worst(ui[name], all), 4.5);
  for (const name of ['border', 'focus', 'crosshair']) atLeast(`${theme} ${name}`, worst(ui[name], all.slice(0, 4)), 3);
  atLeast(`${theme} text on accent`, worst(ui.onAccent, [ui.accent, ui.accentHover]), 4.5);
  const plain = ['canvas', 'surface', 'raised', 'hover', 'selected'].map((name) => ui[name]);
  for (const [name, s] of Object.entries(status)) {
    atLeast(`${theme} status ${name} text`, worst(s.text, [...plain, s.bg]), 4.5);
    atLeast(`${theme} status ${name} mark`, worst(s.mark, [...plain, s.bg]), 3);
  }
  for (const [name, d] of Object.entries(diff)) atLeast(`${theme} diff ${name}`, Math.min(contrast(d.text, d.bg), contrast(ui.text, d.bg)), 4.5);
}

function closest(colours, sight) {
  let least = Infinity;
  colours.forEach((a, i) => colours.slice(i + 1).forEach((b) => (least = Math.min(least, distance(a, b, sight)))));
  return least;
}

function marks(theme, { ui, cat, status, seq, div }) {
  for (const [i, colour] of cat.entries()) atLeast(`${theme} series ${i + 1}`, worst(colour, [ui.surface, ui.canvas, ui.raised]), 3);
  const shapes = Object.values(status).map((s) => s.mark);
  for (const sight of SIGHTS) {
    const [six, twelve, states] = sight === 'normal' ? [19, 19, 17] : [11, 9.5, 10];
    atLeast(`${theme} first six series, ${sight}`, closest(cat.slice(0, 6), sight), six);
    atLeast(`${theme} all series, ${sight}`, closest(cat, sight), twelve);
    atLeast(`${theme} status marks, ${sight}`, closest(shapes, sight), states);
    const rise = seq.map((c) => lightness(c, sight) * (theme === 'light' ? -1 : 1));
    atLeast(`${theme} scale rises, ${sight}`, Math.min(...rise.slice(1).map((v, i) => v - rise[i])), 0.01);
  }
  const ink = [...seq, ...div].map((c) => Math.max(contrast(c, '#000000'), contrast(c, '#FFFFFF')));
  atLeast(`${theme} ink on cells`, Math.min(...ink), 4.5);
}

for (const [theme, set] of Object.entries(tokens)) {
  text(theme, set);
  marks(theme, set);
}
for (const line of failures) console.error(`FAIL  ${line}`);
if (!failures.length) console.log('tokens: every contrast and distance holds');
process.exit(failures.length ? 1 : 0);
