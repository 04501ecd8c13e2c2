// Walks through the charts of the runs page.
const expect = (holds, what) => {
  if (!holds) throw new Error(what);
};
const PAGE = '/p/default/e/1';

async function open(page, base, search = '') {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${base}${PAGE}${search}`);
  await page.locator('.plot-ink').first().waitFor();
  return page.locator('.plot').first();
}

const go = (page, search) => page.evaluate((to) => history.pushState({}, '', to), `${PAGE}${search}`);
const wait = (page, ms) => page.evaluate((t) => new Promise((done) => setTimeout(done, t)), ms);

async function drag(page, plot, from, to) {
  const box = await plot.boundingBox();
  const y = box.y + box.height * 0.4;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * ((from + to) / 2), y, { steps: 3 });
  await page.mouse.move(box.x + box.width * to, y, { steps: 3 });
  await page.mouse.up();
}

// The path of the line of one colour, as it is drawn when the keyboard has chosen it.
async function pathOf(page, plot, ink) {
  await plot.focus();
  await page.keyboard.press('End');
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('ArrowDown');
    await wait(page, 40);
    const path = await plot.evaluate((node, name) => [...node.querySelectorAll('.plot-focus path')].find((p) => p.getAttribute('stroke') === name && !p.getAttribute('stroke-dasharray'))?.getAttribute('d') ?? '', ink);
    if (path) return path;
  }
  throw new Error(`no line has the colour ${ink}`);
}

export const panelJourneys = {
  async 'charts: a zoom holds for all of them and stays when anything else changes, and Back leaves the page'(page, base) {
    await page.goto(`${base}/p/default/experiments`);
    await page.locator('.table tbody tr').first().waitFor();
    await page.locator('.table a').first().click();
    await page.locator('.plot-ink').first().waitFor();
    await drag(page, page.locator('.plot').first(), 0.35, 0.6);
    await page.waitForURL(/zoom=/);
    const zoom = new URL(page.url()).searchParams.get('zoom');
    await page.locator('.check-box input').first().check();
    await page.waitForURL(/log=y/);
    await page.locator('.smoothing input').press('ArrowRight');
    await page.waitForURL(/smooth=/);
    expect(new URL(page.url()).searchParams.get('zoom') === zoom, 'the zoom is as it was');
    await page.locator('.panel-chip', { hasText: 'EMA' }).first().waitFor();
    await page.reload();
    await page.locator('.zoom-chip').waitFor();
    await page.goBack();
    await page.waitForURL('**/experiments');
  },
  async 'charts: hiding a run moves no other line by a pixel'(page, base) {
    const plot = await open(page, base, '?sel=top10');
    const ink = await plot.locator('.plot-labels text').first().getAttribute('fill');
    const names = await plot.locator('.plot-labels text').allTextContents();
    const before = await pathOf(page, plot, ink);
    await page.keyboard.press('Escape');
    const hidden = names.includes('step-train-5') && !(await plot.locator(`.plot-labels text[fill="${ink}"]`).first().innerHTML()).includes('step-train-5') ? 'run_5' : 'run_4';
    await go(page, `?sel=top10&hide=${hidden}`);
    await page.waitForFunction((n) => document.querySelectorAll('.plot')[0].querySelectorAll('.plot-labels text').length === n - 1, names.length);
    expect((await pathOf(page, plot, ink)) === before, 'its path is the same to the last digit');
  },
  async 'charts: a run that became NaN is marked, told in words, and the others are drawn'(page, base) {
    const plot = await open(page, base);
    await plot.locator('.plot-back path title').first().waitFor({ state: 'attached' });
    expect(/NaN/.test(await plot.locator('.plot-ink').getAttribute('aria-label')), 'the sentence tells of NaN');
    expect((await plot.locator('.plot-labels text').count()) > 5, 'the others have their labels');
  },
  async 'charts: the keyboard moves the cursor, reads the values and opens the run'(page, base) {
    const plot = await open(page, base);
    await plot.focus();
    await page.keyboard.press('Home');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowRight');
    await plot.locator('.readout').waitFor();
    expect((await plot.locator('.readout li').count()) > 5, 'every line has its value');
    await page.keyboard.press(' ');
    expect((await plot.locator('.plot-pins line').count()) === 1, 'a pin stands');
    await page.locator('#panels-live', { hasText: 'step' }).waitFor({ state: 'attached' });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/r\//);
  },
  async 'charts: panels are moved, removed and brought back, and the address keeps them'(page, base) {
    await open(page, base);
    const titles = () => page.locator('.panel-section').first().locator('.chart-title').allInnerTexts();
    const [first, second] = await titles();
    await page.locator('.grip').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/panels=/);
    await page.reload();
    await page.locator('.plot-ink').first().waitFor();
    expect(JSON.stringify((await titles()).slice(0, 2)) === JSON.stringify([second, first]), 'they changed places');
    await page.locator('.chart-card').first().hover();
    await page.locator('.chart-card').first().locator('.panel-tools button').last().click();
    await page.locator('.menu button', { hasText: 'Remove' }).click();
    await page.waitForFunction((title) => !document.querySelector('.panel-section .chart-title').innerText.includes(title), second.split('\n')[0]);
    await page.locator('.toast button').click();
    await page.waitForFunction((title) => document.querySelector('.panel-section .chart-title').innerText.includes(title), second.split('\n')[0]);
  },
  async 'charts: the numbers, the whole screen, and a metric found by its name'(page, base) {
    const plot = await open(page, base);
    await plot.focus();
    await page.keyboard.press('Shift+T');
    await plot.locator('.numbers tbody tr').first().waitFor();
    await page.keyboard.press('Shift+T');
    await page.keyboard.press('f');
    await page.locator('dialog .plot-ink').waitFor();
    await page.waitForURL(/full=/);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.locator('.find-panel input').fill('grad norm');
    await page.locator('.chart-title', { hasText: 'grad/norm' }).waitFor();
    await page.locator('.chart-title', { hasText: 'val/auc' }).waitFor({ state: 'detached' });
  },
};
