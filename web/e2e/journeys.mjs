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
  async 'a phone reads lineage as a list, and the picture shows its focus'(page, base) {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${base}/p/default/lineage?focus=flights-late%405`);
    await page.locator('.lineage-list > li.on', { hasText: 'v5' }).waitFor();
    expect((await page.locator('.graph-box').count()) === 0, 'the list comes first');
    const cut = await page.evaluate(() => [...document.querySelectorAll('.lineage-list > li > *')].filter((e) => e.getBoundingClientRect().right > innerWidth).length);
    expect(cut === 0, `${cut} parts of the list are cut off`);
    await page.getByRole('button', { name: 'Picture' }).click();
    await page.waitForURL(/view=picture/);
    const focus = await page.locator('.lineage-node.on').boundingBox();
    expect(focus.x >= 0 && focus.x + focus.width <= 390, `the focus stands at ${focus.x}`);
  },
  async 'curves and their axis are as wide in every frame that is painted'(page, base) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${base}/p/default/r/run_5`);
    await page.locator('.time-stack .uplot canvas').first().waitFor();
    // The last tick of a card's axis lies within its plot; both are read before each frame is painted, while the window grows and shrinks.
    await page.evaluate(() => {
      globalThis.apart = [];
      const look = () => {
        for (const stack of document.querySelectorAll('.time-stack')) {
          const plot = stack.querySelector('.uplot');
          const wide = Math.round(stack.getBoundingClientRect().width);
          const tick = [...stack.querySelectorAll('.time-axis span')].at(-1);
          if (!plot || !tick) continue;
          const off = parseFloat(tick.style.left) - plot.offsetWidth;
          if (off > 0) globalThis.apart.push(`plot ${plot.offsetWidth}, tick at ${tick.style.left}, card ${wide}`);
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    for (const width of [700, 1440, 640, 1900]) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(() => new Promise((done) => setTimeout(done, 150)));
    }
    const apart = await page.evaluate(() => globalThis.apart);
    expect(apart.length === 0, `${apart.length} times: ${apart[0]}`);
  },
  async 'what is in the bin comes back, a purge wants its name, and a rule shows its plan before it is set'(page, base) {
    await page.goto(`${base}/p/default/experiments`);
    await page.getByRole('link', { name: 'Bin, 12' }).click();
    await page.locator('h1', { hasText: '12 things can be restored; the next goes in 12' }).waitFor();
    expect((await page.locator('.left-bar.kept').count()) === 1, 'one is kept');
    await page.getByRole('button', { name: 'Restore sweep-of-learning-rates-8' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.toast', { hasText: 'sweep-of-learning-rates-8 is back.' }).waitFor();
    await page.locator('.bin-row').nth(11).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Purge sweep-of-learning-rates-9' }).click();
    const act = page.locator('.typed button');
    expect(await act.isDisabled(), 'nothing is purged before its name is typed');
    await page.locator('.typed input').fill('sweep-of-learning-rates-9');
    await page.keyboard.press('Enter');
    await page.locator('.toast', { hasText: '1 run being taken out' }).waitFor();
    await page.getByRole('button', { name: 'Purge all' }).click();
    await page.locator('.plan-part', { hasText: 'Stays' }).getByText('late@3 is registered from it').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Rules 2').click();
    await page.waitForURL(/view=rules/);
    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByLabel('Name', { exact: true }).fill('failed');
    expect(await page.getByRole('button', { name: 'Set rule failed' }).isDisabled(), 'a rule without a condition cannot be set');
    await page.locator('.rule-filter input').fill("status = 'FAILED'");
    await page.locator('.plan h2', { hasText: 'Would put 12 runs and 2 logged models into the bin now' }).waitFor();
    await page.waitForURL(/filter=status/);
    await page.reload();
    await page.locator('.rule-form code', { hasText: `gyre retention set failed --filter 'status = '\\''FAILED'\\'''` }).waitFor();
    await page.getByRole('button', { name: 'Set rule failed' }).click();
    await page.locator('.rule-name', { hasText: /^failed$/ }).waitFor();
    expect(!page.url().includes('open='), 'the form is closed');
  },
  async 'a plan says how much it did not look at, and what goes along though it is not deleted'(page, base) {
    await page.goto(`${base}/p/many/retention`);
    await page.getByRole('button', { name: 'Purge all' }).click();
    await page.locator('.dialog', { hasText: 'looked at the oldest 10,000; 250 newer are not shown' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Purge old-tries', exact: true }).click();
    await page.locator('.plan-part', { hasText: 'Goes with it, though not deleted' }).getByText('still-in-use').waitFor();
    await page.locator('.plan-part', { hasText: 'Goes 1 run, 1 experiment' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Change/ }).click();
    await page.locator('.window-form input').fill('0s');
    await page.locator('.dialog', { hasText: 'would go at once; 250 newer were not looked at' }).waitFor();
  },
  async 'a quota shows what is held of it, and is set'(page, base) {
    await page.goto(`${base}/p/default/retention?view=quotas`);
    await page.locator('.quota', { hasText: 'All experiments' }).getByText('9.4 GiB of 10 GiB of files').waitFor();
    await page.locator('.quota', { hasText: 'flights-late' }).getByText('46 of 40 runs (over)').waitFor();
    await page.getByRole('button', { name: 'New quota' }).click();
    expect(await page.getByRole('button', { name: 'Set quota' }).isDisabled(), 'a quota that limits nothing cannot be set');
    await page.getByLabel('Runs at most').fill('100');
    await page.locator('code', { hasText: 'gyre retention quota all --runs 100' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.quota', { hasText: 'All experiments' }).getByText('46 of 100 runs').waitFor();
  },
  async 'the rules of a phone are cards'(page, base) {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${base}/p/default/retention?view=rules`);
    await page.locator('.rule-name', { hasText: 'few' }).waitFor();
    const cut = await page.evaluate(() => [...document.querySelectorAll('.rule-list button')].filter((e) => e.getBoundingClientRect().right > innerWidth).length);
    expect(cut === 0, `${cut} buttons are cut off`);
  },
  async 'the pictures of a run are shown, those of a key by their step, and nothing of a file is run'(page, base) {
    await page.goto(`${base}/p/default/r/run_5`);
    await page.locator('h2', { hasText: '3 pictures' }).waitFor();
    const drawn = (n) => page.waitForFunction((at) => document.querySelectorAll('.picture img')[at]?.naturalWidth > 0, n);
    await page.locator('.picture').first().scrollIntoViewIfNeeded();
    for (const n of [0, 1, 2]) await drawn(n);
    const slider = page.getByRole('slider', { name: 'Step of images/late' });
    expect((await slider.getAttribute('aria-valuetext')) === 'images/late, step 2', 'the last step comes first');
    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByRole('link', { name: 'images/late, step 0' }).click();
    await page.waitForURL(/file=images/);
    await page.locator('.file-preview img').waitFor();
    await page.getByRole('link', { name: 'report.html' }).click();
    await page.locator('.file-text', { hasText: '<script>' }).waitFor();
    expect((await page.title()) !== 'owned', 'a report is shown, not run');
    const [kept] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /^Download/ }).click()]);
    expect(kept.url().includes('/get-artifact?'), 'it is kept, not opened');
    await page.goBack();
    await page.locator('.file-preview h3', { hasText: 'step%0' }).waitFor();
  },
  async 'text is shown from its beginning, tables as tables'(page, base) {
    await page.goto(`${base}/p/default/r/run_5?file=train.log`);
    await page.locator('.file-preview', { hasText: 'The first 64' }).waitFor();
    await page.getByRole('link', { name: 'config.json' }).click();
    await page.locator('.file-text', { hasText: '"layers": [' }).waitFor();
    await page.getByRole('button', { name: 'tables/' }).click();
    await page.getByRole('button', { name: 'tables/' }).click();
    await page.getByRole('link', { name: 'scores.csv' }).click();
    await page.locator('.file-preview', { hasText: 'The first 100 rows' }).waitFor();
    expect((await page.locator('.file-preview tbody tr').first().innerText()).endsWith('on, time'), 'a comma within quotes is text');
    await page.getByRole('button', { name: 'Close the preview' }).click();
    await page.locator('.file-preview').waitFor({ state: 'detached' });
  },
  async 'a new server tells the lines that log to it, and then shows what was logged'(page, base) {
    await page.goto(`${base}/p/empty`);
    await page.locator('.first-log code', { hasText: `export MLFLOW_TRACKING_URI=${base}` }).waitFor();
    const row = { ref: 'run:r1', kind: 'run', name: 'amber-fox', url: '/p/empty/r/r1', rev: '', id: 'r1', experiment: { ref: 'experiment:1', kind: 'experiment', name: 'first', url: '/p/empty/e/1', rev: '' }, status: 'ok', state: 'finished', started_at: '2001-01-01T00:00:00Z', cells: [-3_800_000] };
    await page.route('**/api/v1/runs/query', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ total: 3, cursor: null, columns: [{ text: 'duration', kind: 'duration' }], rows: [row] }) }));
    await page.reload();
    await page.locator('h1', { hasText: '3 runs are logged; nothing serves yet' }).waitFor();
    await page.locator('.home-latest td', { hasText: 'It ends before it begins' }).waitFor();
    await page.locator('.home-latest').getByRole('link', { name: 'amber-fox' }).waitFor();
  },
  async 'one panel that fails leaves the others'(page, base) {
    await page.route('**/drift*', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":{"code":"internal","what":"No drift today.","why":"","fix":"","request_id":"r1"}}' }));
    await page.goto(home(base));
    await page.locator('.error-panel', { hasText: 'No drift today.' }).waitFor();
    expect((await page.locator('.station').count()) === 5, 'the stations stay');
  },
};
