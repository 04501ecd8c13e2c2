// The page in a real browser: every route in both themes and three widths opens without an error, fits its window and is axe clean;
// then journeys by keyboard. Against made-up data, or a running server: node e2e/run.mjs [http://127.0.0.1:7070] [--project default]
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { launch } from './browser.mjs';
import { journeys } from './journeys.mjs';
import { routes, visit } from './routes.mjs';

const given = process.argv[2]?.startsWith('http') ? process.argv[2] : '';
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function server() {
  const child = spawn(process.execPath, [new URL('../dev/serve.mjs', import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve) => child.stdout.once('data', (d) => resolve(String(d))));
  return { base: new URL(line.trim()).origin, stop: () => child.kill() };
}

const { base, stop } = given ? { base: given, stop: () => undefined } : await server();
const browser = await launch();
let passed = 0;
let failed = 0;
// One case: it passes when nothing was told against it.
async function check(name, run) {
  const failures = [];
  await run((what) => failures.push(what)).catch((error) => failures.push(error.message.split('\n')[0]));
  if (failures.length) failed++;
  else passed++;
  for (const what of failures) console.log(`FAILED ${name}: ${what}`);
}
try {
  for (const theme of ['light', 'dark'])
    for (const width of [1440, 1024, 390]) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme, reducedMotion: 'reduce', bypassCSP: true });
      for (const route of routes) await check(`${route} ${width} ${theme}`, (fail) => visit(context, base, route, axe, fail));
      await context.close();
    }
  if (!given) for (const [name, walk] of Object.entries(journeys)) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await check(name, async () => walk(await context.newPage(), base));
    await context.close();
  }
} finally {
  await browser.close();
  stop();
}
console.log(`${routes.length} routes in 2 themes and 3 widths, ${given ? 0 : Object.keys(journeys).length} journeys`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
