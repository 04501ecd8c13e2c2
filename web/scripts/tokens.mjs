// tokens/tokens.json -> src/generated/tokens.css (custom properties by theme) and src/generated/scales.ts (for canvas).
import fs from 'node:fs';

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
