// Walks through the page with the keyboard alone.
const home = (base) => `${base}/p/default`;
const expect = (holds, what) => {
  if (!holds) throw new Error(what);
};

export const journeys = {
  async 'g o opens the monitors, and the first one'(page, base) {
    await page.goto(home(base));
    await page.locator('.station').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.waitForURL('**/monitors');
    await page.locator('.object').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/monitors/flights-late');
    await page.locator('.heat canvas').waitFor();
  },
  async 'arrows walk the heat map and Enter shows that day'(page, base) {
    await page.goto(`${base}/p/april/monitors/flights-late`);
    await page.locator('.heat canvas').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowDown');
    expect((await page.locator('.heat .tip').innerText()).startsWith('p_late'), 'the tip names the cell');
    await page.keyboard.press('Enter');
    await page.waitForURL(/feature=p_late.*wfrom=/);
    await page.reload();
    await page.locator('.distribution h2', { hasText: 'p_late' }).waitFor();
  },
  async 'a decision opens its evidence and the address keeps it'(page, base) {
    await page.goto(`${base}/p/default/policies/retrain-on-drift`);
    await page.locator('.decision-text', { hasText: 'v3 refused' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/decisions/de_17');
    await page.locator('.evidence h2', { hasText: 'v3 refused' }).waitFor();
    await page.reload();
    await page.locator('.evidence h2', { hasText: 'v3 refused' }).waitFor();
  },
  async 'Ctrl K goes by name, Escape gives the focus back'(page, base) {
    await page.goto(home(base));
    await page.locator('.station').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.locator('.palette input').fill('poli');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/policies');
    await page.keyboard.press('?');
    await page.locator('.key-sheet').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.key-sheet').waitFor({ state: 'detached' });
  },
  async 'the range stands in the address and Back leaves the page'(page, base) {
    await page.goto(home(base));
    await page.locator('.station').first().waitFor();
    await page.selectOption('#range', '30d');
    await page.waitForURL('**/p/default?t=30d');
    await page.goBack();
    expect(!page.url().includes('t='), 'Back takes the range away');
  },
  async 'the theme changes at once and is kept'(page, base) {
    await page.goto(home(base));
    await page.locator('.station').first().waitFor();
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    for (let i = 0; i < 3 && (await theme()) !== 'dark'; i++) await page.locator('.top-bar .square').click();
    expect((await theme()) === 'dark', 'dark');
    await page.reload();
    expect((await theme()) === 'dark', 'dark after reload');
  },
  async 'one panel that fails leaves the others'(page, base) {
    await page.route('**/drift*', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":{"code":"internal","what":"No drift today.","why":"","fix":"","request_id":"r1"}}' }));
    await page.goto(home(base));
    await page.locator('.error-panel', { hasText: 'No drift today.' }).waitFor();
    expect((await page.locator('.station').count()) === 5, 'the stations stay');
  },
};
