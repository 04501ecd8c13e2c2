// Pictures of pages to look at: node e2e/shots.mjs BASE OUT [--only substring] (widths, themes and pages below).
import fs from 'node:fs';
import { launch } from './browser.mjs';

const [base, out] = process.argv.slice(2);
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : '';
const PAGES = [
  ['home', '/p/default'], ['home-open', '/p/april'], ['home-empty', '/p/empty'], ['home-broken', '/p/broken'], ['home-many', '/p/many'], ['monitor-many', '/p/many/monitors/flights-late'],
  ['monitor', '/p/default/monitors/flights-late'], ['monitor-open', '/p/april/monitors/flights-late?feature=origin&wfrom=2001-04-02T00:00:00Z&wto=2001-04-03T00:00:00Z'], ['monitor-empty', '/p/empty/monitors/flights-late'],
  ['policy', '/p/default/policies/retrain-on-drift'], ['policy-open', '/p/april/policies/retrain-on-drift/decisions/de_06'], ['policy-refused', '/p/default/policies/retrain-on-drift/decisions/de_17'],
  ['models', '/p/default/models'], ['model', '/p/default/models/flights-late'], ['version', '/p/default/models/flights-late/v/5'], ['version-refused', '/p/default/models/flights-late/v/3'],
  ['endpoints', '/p/default/endpoints'], ['endpoint', '/p/default/endpoints/flights-late'], ['pipelines', '/p/default/pipelines'], ['pipeline-run', '/p/default/pipelines/train/runs/pr_5k2'], ['pipeline-run-failed', '/p/default/pipelines/train/runs/pr_9k2'],
  ['repos', '/p/default/data'], ['repo', '/p/default/data/flights?path=flights&file=flights%2F2001-06-29.parquet'], ['experiments', '/p/default/experiments'], ['runs', '/p/default/e/1'], ['run', '/p/default/r/run_5'],
  ['lineage', '/p/default/lineage?focus=flights-late%405'], ['alerts', '/p/default/alerts'], ['alert', '/p/april/alerts/al_01'],
];
const SIZES = [[1440, 900], [1024, 768], [390, 844]];

const browser = await launch();
fs.mkdirSync(out, { recursive: true });
for (const [width, height] of SIZES)
  for (const theme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('console', (m) => m.type() === 'error' && !m.text().includes('503') && console.log(`${width} ${theme}: ${m.text()}`));
    page.on('pageerror', (e) => console.log(`${width} ${theme}: ${e.stack}`));
    for (const [name, path] of PAGES) {
      const file = `${name}-${width}-${theme}`;
      if (only && !new RegExp(only).test(file)) continue;
      await page.goto(base + path, { waitUntil: 'load' });
      await page.waitForTimeout(700);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) console.log(`${file}: ${wide} px too wide`);
      await page.screenshot({ path: `${out}/${file}.png`, fullPage: true });
    }
    await context.close();
  }
await browser.close();
