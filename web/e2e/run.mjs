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
const failures = [];
const fail = (what) => {
  failures.push(what);
  console.log(`FAIL  ${what}`);
};
try {
  for (const theme of ['light', 'dark'])
    for (const width of [1440, 1024, 390]) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme, reducedMotion: 'reduce', bypassCSP: true });
      for (const route of routes) await visit(context, base, route, axe, (what) => fail(`${route} ${width} ${theme}: ${what}`));
      await context.close();
    }
  if (!given) for (const [name, walk] of Object.entries(journeys)) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await walk(await context.newPage(), base).then(() => console.log(`ok  ${name}`), (error) => fail(`${name}: ${error.message.split('\n')[0]}`));
    await context.close();
  }
} finally {
  await browser.close();
  stop();
}
console.log(failures.length ? `${failures.length} failures` : `browser: ${routes.length} routes in 2 themes and 3 widths, ${Object.keys(journeys).length} journeys`);
process.exit(failures.length ? 1 : 0);
