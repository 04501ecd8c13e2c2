// Every route and its special states.
const option = process.argv.indexOf('--project');
const own = option > 0 ? process.argv[option + 1] : '';
const pages = ['', '/monitors', '/monitors/flights-late', '/policies', '/policies/retrain-on-drift'];
export const routes = own
  ? pages.map((p) => `/p/${own}${p}`)
  : [...pages.map((p) => `/p/default${p}`), '/p/april', '/p/april/monitors/flights-late?feature=origin', '/p/april/policies/retrain-on-drift/decisions/de_06', '/p/empty', '/p/empty/monitors', '/p/empty/monitors/flights-late', '/p/empty/policies', '/p/broken', '/p/default/nowhere'];

const SETTLE_MS = 350;

export async function visit(context, base, route, axe, fail) {
  const page = await context.newPage();
  const wanted = /broken|nowhere|empty/.test(route);
  page.on('pageerror', (e) => fail(`threw ${e.message}`));
  page.on('console', (m) => m.type() === 'error' && !(wanted && m.text().includes('Failed to load resource')) && fail(`console: ${m.text()}`));
  await page.goto(base + route, { waitUntil: 'load' });
  await page.waitForTimeout(SETTLE_MS);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) fail(`${wide} px wider than the window`);
  if (!(await page.locator('main').innerText()).trim()) fail('is blank');
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of result.violations) fail(`axe ${v.id}: ${v.nodes.slice(0, 2).map((n) => n.html.slice(0, 120)).join(' | ')}`);
  await page.close();
}
