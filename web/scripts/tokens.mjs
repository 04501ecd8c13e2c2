// tokens/tokens.json -> src/generated/tokens.css (custom properties by theme) and src/generated/distances.ts (how far series colours are apart).
import fs from 'node:fs';
import { distance, SIGHTS } from './colour.mjs';

const tokens = JSON.parse(fs.readFileSync(new URL('../tokens/tokens.json', import.meta.url), 'utf8'));
const out = new URL('../src/generated/', import.meta.url);

function properties(theme) {
  const lines = [];
  const put = (name, value) => lines.push(`  --g-${name}: ${value};`);
  for (const [name, value] of Object.entries(theme.ui)) put(kebab(name), value);
  for (const group of ['status', 'diff'])
    for (const [name, set] of Object.entries(theme[group]))
      for (const [part, value] of Object.entries(set)) put(`${group === 'diff' ? 'diff-' : ''}${name}-${part}`, value);
  theme.cat.forEach((value, i) => put(`cat-${i + 1}`, value));
  theme.seq.forEach((value, i) => put(`seq-${i + 1}`, value));
  theme.div.forEach((value, i) => put(`div-${i + 1}`, value));
  return lines.join('\n');
}

const kebab = (name) => name.replace(/[A-Z0-9]+/g, (c) => `-${c.toLowerCase()}`).replace('text-2', 'text2').replace('text-3', 'text3');

const css = `/* Generated from tokens/tokens.json by scripts/tokens.mjs. */
:root, :root[data-theme='light'] {
  color-scheme: light;
${properties(tokens.light)}
}
:root[data-theme='dark'] {
  color-scheme: dark;
${properties(tokens.dark)}
}
`;
fs.mkdirSync(out, { recursive: true });
fs.writeFileSync(new URL('tokens.css', out), css);

// The least distance over both themes and all sights: what is far apart is so for everybody, and a run keeps its slot when the light changes.
const apart = (i, j) => Math.min(...[tokens.light, tokens.dark].flatMap(({ cat }) => SIGHTS.map((sight) => distance(cat[i], cat[j], sight))));
const rows = tokens.light.cat.map((_, i) => `  [${tokens.light.cat.map((__, j) => (i === j ? 0 : apart(i, j)).toFixed(1)).join(', ')}],`);
fs.writeFileSync(new URL('distances.ts', out), `// Generated from tokens/tokens.json by scripts/tokens.mjs: CIEDE2000 between series colours.\nexport const DISTANCES: readonly (readonly number[])[] = [\n${rows.join('\n')}\n];\n`);
