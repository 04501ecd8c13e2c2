// Every route and its special states.
const option = process.argv.indexOf('--project');
const own = option > 0 ? process.argv[option + 1] : '';
const pages = ['/data', '/data/flights', '/pipelines', '/experiments', '/models', '/models/flights-late', '/models/flights-late/v/1', '/endpoints', '/endpoints/flights-late', '/alerts', '/lineage', '', '/monitors', '/monitors/flights-late', '/policies', '/policies/retrain-on-drift'];
export const routes = own
  ? pages.map((p) => `/p/${own}${p}`)
  : [...pages.map((p) => `/p/default${p}`), '/p/april', '/p/april/monitors/flights-late?feature=origin', '/p/april/policies/retrain-on-drift/decisions/de_06', '/p/empty', '/p/empty/monitors', '/p/empty/monitors/flights-late', '/p/empty/policies', '/p/broken', '/p/default/pipelines/train/runs/pr_9k2', '/p/default/r/run_5', '/p/default/e/1', '/p/default/lineage?focus=flights-late%405', '/p/april/alerts/al_01', '/p/default/data/flights?path=flights&file=flights%2F2001-06-29.parquet', '/p/empty/data', '/p/empty/models', '/p/empty/pipelines', '/p/empty/endpoints', '/p/empty/experiments', '/p/default/nowhere'];

const SETTLE_MS = 150;
const PATIENCE_MS = 10_000;

export async function visit(context, base, route, axe, fail) {
  const page = await context.newPage();
  const wanted = /broken|nowhere|empty/.test(route);
  page.on('pageerror', (e) => fail(`threw ${e.message}`));
  page.on('console', (m) => m.type() === 'error' && !(wanted && m.text().includes('Failed to load resource')) && fail(`console: ${m.text()}`));
  await page.goto(base + route, { waitUntil: 'load' });
  const settled = () => document.querySelector('main')?.innerText.trim() && !document.querySelector('.skeleton');
  await page.waitForFunction(settled, undefined, { timeout: PATIENCE_MS }).catch(() => fail('did not load'));
  await page.waitForTimeout(SETTLE_MS);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) fail(`${wide} px wider than the window`);
  if (!(await page.locator('main').innerText()).trim()) fail('is blank');
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of result.violations) fail(`axe ${v.id}: ${v.nodes.slice(0, 2).map((n) => n.html.slice(0, 120)).join(' | ')}`);
  await page.close();
}
