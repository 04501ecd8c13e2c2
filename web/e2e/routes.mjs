// Every route and its special states, and what holds on each: it loads without an error, fits its window, and is axe clean.
const MADE_UP = [
  '/p/april', '/p/april/monitors/flights-late?feature=origin', '/p/april/policies/retrain-on-drift/decisions/de_06', '/p/april/alerts/al_01',
  '/p/empty', '/p/empty/monitors', '/p/empty/monitors/flights-late', '/p/empty/policies', '/p/empty/data', '/p/empty/models', '/p/empty/pipelines', '/p/empty/endpoints', '/p/empty/experiments', '/p/empty/retention', '/p/empty/retention?view=rules', '/p/many/retention', '/p/default/retention?view=quotas', '/p/empty/retention?view=quotas', "/p/default/retention?view=rules&open=rule&name=few&older=90d&best=5&metric=auc", '/p/default/r/run_20',
  '/p/default/pipelines/train/runs/pr_9k2', '/p/default/r/run_5', '/p/default/r/run_5?file=tables%2Fscores.csv', '/p/default/r/run_5?file=train.log', '/p/default/e/1', '/p/default/e/1?panels=a%3Dl~kval%2Fauc%2Cs~kparams.learning_rate~kmetrics.auc%2Cp~kparams.num_leaves~kmetrics.auc%2Ci~kmetrics.auc%2Cn~k!23!23 Note', '/p/default/e/wide', '/p/default/lineage?focus=flights-late%405', '/p/default/data/flights?path=flights&file=flights%2F2001-06-29.parquet',
  '/p/broken', '/p/default/nowhere',
];
const ROOMS = ['', '/data', '/data/flights', '/pipelines', '/experiments', '/models', '/models/flights-late', '/models/flights-late/v/1', '/endpoints', '/endpoints/flights-late', '/monitors', '/monitors/flights-late', '/policies', '/policies/retrain-on-drift', '/alerts', '/lineage', '/retention'];
const ofProject = (project) => ROOMS.map((room) => `/p/${project}${room}`);

export const madeUp = [...ofProject('default'), ...MADE_UP];

// On a running server: its rooms, and one of each thing that is in them.
export async function ofServer(base, project) {
  const rows = async (path) => {
    const answer = await fetch(`${base}/api/v1/${path}${path.includes('?') ? '&' : '?'}project=${project}&limit=200`);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return (await answer.json()).rows;
  };
  const found = [];
  for (const list of ['pipeline-runs', 'experiments', 'alerts', 'monitors', 'policies', 'models', 'endpoints', 'repos', 'pipelines']) found.push(...(await rows(list)).slice(0, 1).map((r) => r.url));
  const experiment = (await rows('experiments')).find((e) => e.runs_total > 0);
  if (experiment) found.push(...(await rows(`runs?experiment=${experiment.id}`)).slice(0, 1).map((r) => r.url));
  for (const model of (await rows('models')).filter((m) => m.champion)) found.push(model.champion.url, `/p/${project}/lineage?focus=${encodeURIComponent(model.champion.ref)}`);
  for (const policy of await rows('policies')) found.push(...(await rows(`policies/${policy.name}/decisions`)).slice(0, 1).map((d) => d.url));
  for (const monitor of await rows('monitors')) {
    const drift = await (await fetch(`${base}/api/v1/monitors/${monitor.name}/drift?project=${project}`)).json();
    found.push(...drift.features.slice(0, 1).map((f) => `${monitor.url}?feature=${encodeURIComponent(f.name)}`));
    for (const feature of drift.features) {
      const answer = await fetch(`${base}/api/v1/monitors/${monitor.name}/features/${feature.name}/distribution?project=${project}`);
      if (!answer.ok) throw new Error(`the distribution of ${feature.name} answered ${answer.status}`);
    }
  }
  return [...new Set([...ofProject(project).filter((url) => !/\/(data|models|endpoints|monitors|policies)\/./.test(url)), ...found])];
}

const PATIENCE_MS = 20_000;
const HEIGHT = 900;
const settled = () => document.querySelector('main')?.innerText.trim() && !document.querySelector('.skeleton') && !document.querySelector('.progress-line');
const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

// One load a route; themes and widths change under it, as they do for a person who turns a phone or the light.
export async function visit(page, base, route, axe, fail) {
  const wanted = /broken|nowhere|empty/.test(route);
  const told = (error) => fail(`threw ${error.message}`);
  const printed = (message) => message.type() === 'error' && !(wanted && message.text().includes('Failed to load resource')) && fail(`console: ${message.text()} ${message.location().url}`);
  page.on('pageerror', told);
  page.on('console', printed);
  const look = async (width, colorScheme, rules) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: HEIGHT });
    await page.waitForFunction(settled, undefined, { timeout: PATIENCE_MS }).catch(() => fail(`did not load at ${width} ${colorScheme}`));
    await page.evaluate(painted);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) fail(`${wide} px wider than the window at ${width}`);
    if (rules === undefined) return;
    const result = await page.evaluate((only) => globalThis.axe.run(document, { resultTypes: ['violations'], ...(only.length ? { runOnly: only } : {}) }), rules);
    for (const v of result.violations) fail(`axe ${v.id} at ${width} ${colorScheme}: ${v.nodes.slice(0, 2).map((n) => n.html.slice(0, 120)).join(' | ')}`);
  };
  await page.goto(base + route, { waitUntil: 'load' });
  await page.evaluate(axe);
  await look(1440, 'light', []);
  await look(1440, 'dark', ['color-contrast']);
  await look(1024, 'dark');
  await look(390, 'light', ['color-contrast', 'scrollable-region-focusable', 'aria-hidden-focus']);
  page.off('pageerror', told);
  page.off('console', printed);
}
