// The page in a real browser: every route in both themes and three widths opens without an error, fits its window and is axe clean;
// then journeys by keyboard. Against made-up data, then, with --demo, the page of the real binary under a prefix and with the small demo's data; or
// against a running server: node e2e/run.mjs [--demo | http://127.0.0.1:7070] [--project default] [--journey part-of-its-name]
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { launch } from './browser.mjs';
import { startDemo } from './demo.mjs';
import { journeys as ofRooms } from './journeys.mjs';
import { panelJourneys } from './journeys-panels.mjs';
import { ofWorkspace } from './workspace.mjs';
import { underAPrefix } from './prefix.mjs';
import { madeUp, ofServer, visit } from './routes.mjs';

const named = process.argv.includes('--journey') ? process.argv[process.argv.indexOf('--journey') + 1] : '';
const journeys = Object.fromEntries(Object.entries({ ...ofRooms, ...panelJourneys, ...ofWorkspace }).filter(([name]) => name.includes(named)));
const option = (name, fallback) => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : fallback);
const given = process.argv[2]?.startsWith('http') ? process.argv[2] : '';
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const AT_ONCE = 2;  // Pages; more than cores help nobody.

async function server() {
  const child = spawn(process.execPath, [new URL('../dev/serve.mjs', import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve) => child.stdout.once('data', (d) => resolve(String(d))));
  return { base: new URL(line.trim()).origin, stop: () => child.kill() };
}

const demo = process.argv.includes('--demo') ? startDemo(process.env.GYRE_BINARY, process.env.GYRE_DEPS) : null;  // Runs while the made-up data is looked at.
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

async function walkRoutes(at, routes) {
  const left = [...routes];
  const walk = async () => {
    const context = await browser.newContext({ bypassCSP: true, reducedMotion: 'reduce' });
    for (let route = left.shift(); route !== undefined; route = left.shift()) {
      const page = await context.newPage();
      await check(route, (fail) => visit(page, at, route, axe, fail));
      await page.close();
    }
    await context.close();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
  console.log(`${routes.length} routes of ${at} in 2 themes and 3 widths, ${Math.round(performance.now() / 1000)} s`);
}

async function walkJourneys() {
  const all = journeys;
  for (const [name, walk] of Object.entries(all)) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await check(name, async () => walk(await context.newPage(), base));
    await context.close();
  }
  console.log(`${Object.keys(all).length} journeys, ${Math.round(performance.now() / 1000)} s`);
}

try {
  if (!named) await walkRoutes(base, given ? await ofServer(base, option('project', 'default')) : madeUp);
  if (!given) await walkJourneys();
  if (demo) await check('under a prefix', (fail) => underAPrefix(browser, process.env.GYRE_BINARY, fail));
  if (demo) await check('the small demo', async () => {
    const real = await demo.up;
    await walkRoutes(real, await ofServer(real, 'default'));
  });
} finally {
  await browser.close();
  await demo?.stop();
  stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
