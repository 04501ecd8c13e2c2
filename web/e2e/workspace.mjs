// The runs workspace, walked through with the keyboard where a person can.
const expect = (holds, what) => {
  if (!holds) throw new Error(what);
};
const ROW = '.grid-body .grid-row';
const open = async (page, base, search = '') => {
  await page.goto(`${base}/p/default/e/1${search}`);
  await page.locator(`${ROW}[data-id]`).first().waitFor();
};
const count = (page) => page.locator('.data-grid').getAttribute('aria-rowcount').then((n) => Number(n) - 1);
const names = (page) => page.locator(`${ROW} .run-name a`).allInnerTexts();

export const ofWorkspace = {
  async 'workspace: a filter is written with what the server suggests, counted before it is shown, and kept in the address'(page, base) {
    await open(page, base);
    await page.keyboard.press('/');
    await page.keyboard.type('metrics.a');
    const list = page.getByRole('listbox', { name: 'Suggestions' });
    await list.getByText('auc', { exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('[data-filter]').getAttribute('aria-activedescendant'), 'the first one is active');
    await page.keyboard.press('Enter');
    const written = () => page.locator('[data-filter]').inputValue();
    await page.waitForFunction(() => document.querySelector('[data-filter]').value === 'metrics.auc ');
    await page.keyboard.type('> 0.84');
    await page.locator('.filter-note', { hasText: '23 runs match' }).waitFor();
    expect(!page.url().includes('filter='), 'it is not shown before Enter');
    await page.keyboard.press('Enter');
    await page.waitForURL(/filter=metrics.auc/);
    await page.locator('h1', { hasText: '10 of 23 matching runs drawn · 46 in all' }).waitFor();
    await page.waitForFunction(() => document.querySelector('.data-grid').getAttribute('aria-rowcount') === '24');
    await page.keyboard.type(" AND metrics.auc > 'x' AND status = 'FAILED' ");
    await page.locator('.language-mirror u', { hasText: "'x'" }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.locator('.filter-note.wrong', { hasText: 'expected a number' }).waitFor();
    expect((await count(page)) === 23, 'what was found last stays');
    await page.keyboard.press('Escape');
    expect((await written()) === 'metrics.auc > 0.84', 'Escape gives the filter back that is shown');
    await page.reload();
    await page.locator('h1', { hasText: 'of 23 matching runs drawn' }).waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.locator('[data-filter]').pressSequentially("metrics.auc > 'y'");
    await page.keyboard.press('Enter');  // before anything can be known of it
    await page.locator('.filter-note.wrong', { hasText: 'expected a number' }).waitFor();
    expect(!page.url().includes('filter='), 'what is wrong is never shown');
  },
  async 'workspace: runs are found, drawn, selected and compared by keys alone, and Back goes the way back'(page, base) {
    await open(page, base, '?sort=metrics.auc+DESC');
    await page.locator('h1', { hasText: '10 of 46 runs drawn' }).waitFor();
    await page.keyboard.press('j');  // takes the focus to the table
    await page.keyboard.press('j');
    const active = () => page.locator('.grid-row:has(.active)').getAttribute('data-row');
    expect((await active()) === '1', `the second run is active, not ${await active()}`);
    await page.keyboard.press(' ');
    await page.locator('h1', { hasText: '9 of 46 runs drawn' }).waitFor();
    await page.waitForURL(/hide=/);
    await page.keyboard.press(' ');
    await page.locator('h1', { hasText: '10 of 46 runs drawn' }).waitFor();
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('X');
    await page.locator('.mark-bar', { hasText: '3 selected' }).waitFor();
    await page.keyboard.press('c');
    await page.waitForURL(/base=/);
    await page.locator('h1', { hasText: '3 of 46 runs drawn' }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/r\//);
    await page.goBack();
    await page.waitForURL(/base=/);
    await page.goBack();
    await page.locator('h1', { hasText: '10 of 46 runs drawn' }).waitFor();
    expect(!page.url().includes('base='), 'Back takes the comparison away');
  },
  async 'workspace: a run keeps its colour when others come and go, and after a reload'(page, base) {
    await open(page, base, '?sort=metrics.auc+DESC&sel=top5');
    const colours = () => page.evaluate(() => Object.fromEntries([...document.querySelectorAll('.grid-body .grid-row[data-id]')].map((row) => [row.dataset.id, row.querySelector('.eye[aria-pressed="true"] svg')?.style.color]).filter(([, c]) => c)));
    await page.locator('h1', { hasText: '5 of 46 runs drawn' }).waitFor();
    const before = await colours();
    expect(new Set(Object.values(before)).size === 5, 'five runs have five colours');
    await page.locator('.eye[aria-pressed="true"]').nth(1).click();
    await page.locator('h1', { hasText: '4 of 46 runs drawn' }).waitFor();
    await page.getByLabel('Draw', { exact: true }).selectOption('10');
    await page.locator('h1', { hasText: '9 of 46 runs drawn' }).waitFor();
    await page.reload();
    await page.locator('h1', { hasText: '9 of 46 runs drawn' }).waitFor();
    await page.locator('.eye[aria-pressed="true"]').nth(8).waitFor();
    const after = await colours();
    for (const [id, colour] of Object.entries(before)) if (after[id]) expect(after[id] === colour, `${id} was ${colour} and is ${after[id]}`);
  },
  async 'workspace: groups have means over all their runs, and open them'(page, base) {
    await open(page, base, '?columns=metrics.auc');
    await page.getByRole('button', { name: 'Add a field to group by' }).click();
    await page.keyboard.type('params.tr');
    await page.getByRole('listbox', { name: 'Suggestions' }).getByText('train_days', { exact: true }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/group=params.train_days/);
    await page.locator('.group-row', { hasText: '±' }).first().waitFor();
    expect((await count(page)) === 2, 'two groups');
    await page.locator('.group-name').first().click();
    await page.locator(`${ROW} .run-name`).first().waitFor();
    expect((await count(page)) > 20, 'its runs stand below it');
    await page.locator('.group-name').first().click();
    await page.getByRole('button', { name: 'Sort by metrics.auc' }).click();
    await page.locator('[role="columnheader"][aria-sort="descending"]').waitFor();
    await page.waitForURL(/sort=metrics.auc/);
  },
  async 'workspace: child runs stand below their parent, and are folded'(page, base) {
    await open(page, base);
    const parent = page.getByRole('button', { name: '2 child runs of sweep-0' });
    await parent.click();
    await page.locator('.run-depth-1', { hasText: 'sweep-1' }).waitFor();
    const at = (await names(page)).indexOf('sweep-0');
    expect((await names(page)).slice(at + 1, at + 3).sort().join() === 'sweep-1,sweep-2', 'both children stand below it');
    await parent.click();
    await page.locator('.run-depth-1').first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Sort by metrics.auc' }).click();
    await page.locator('[role="columnheader"][aria-sort="descending"]').waitFor();
    await page.waitForFunction(() => document.querySelector('.data-grid').getAttribute('aria-rowcount') === '47');
  },
  async 'workspace: a view is saved, opened from the list and changed, and the address says so'(page, base) {
    await open(page, base, '?columns=metrics.auc&sort=metrics.auc+DESC');
    await page.getByRole('button', { name: 'Save view' }).click();
    await page.getByLabel('Name of the view').fill('best first');
    await page.keyboard.press('Enter');
    await page.waitForURL(/view=/);
    await page.locator('.views-button', { hasText: 'best first' }).waitFor();
    await open(page, base);
    await page.locator('.views-button').click();
    await page.getByRole('button', { name: 'best first', exact: true }).click();
    await page.waitForURL(/sort=metrics.auc/);
    await page.locator('[role="columnheader"][aria-sort="descending"]').waitFor();
    await page.getByLabel('Draw', { exact: true }).selectOption('5');
    await page.locator('.views-button', { hasText: 'best first, changed' }).waitFor();
  },
  async 'workspace: what is archived goes from the table and comes back from the toast'(page, base) {
    await open(page, base, '?sort=metrics.auc');
    await page.locator('h1', { hasText: 'of 46 runs' }).waitFor();
    await page.locator('.data-grid').focus();
    await page.keyboard.press('x');
    const fewer = page.waitForResponse(async (r) => r.url().endsWith('/runs/query') && (await r.json().catch(() => ({}))).total === 45);
    await page.getByRole('button', { name: 'Archive', exact: true }).click();
    await page.getByRole('button', { name: 'Undo' }).click();  // of its toast, which stays for ten seconds
    await fewer.catch(() => undefined);
    await page.locator('.toast', { hasText: 'They are back' }).waitFor();
    await page.locator('h1', { hasText: 'of 46 runs' }).waitFor();
  },
  async 'workspace: many columns are scrolled through and leave the runs their names'(page, base) {
    const columns = Array.from({ length: 40 }, (_, i) => `metrics.auc + ${i}`).join(',');
    await open(page, base, `?pane=table&columns=${encodeURIComponent(columns)}`);
    const drawn = () => page.locator('.grid-head .cell').count();
    expect((await drawn()) < 25, `${await drawn()} heads are drawn`);
    await page.locator('.data-grid').focus();
    await page.keyboard.press('End');
    await page.locator('[role="columnheader"]', { hasText: 'Started' }).waitFor();
    const name = await page.locator(`${ROW} .run-name`).first().boundingBox();
    expect(name.width >= 150 && name.x > 0, 'the name stays in view');
  },
  async 'workspace: columns are found by name, and a head offers the best value and a small curve'(page, base) {
    await open(page, base, '?columns=metrics.auc');
    await page.keyboard.press('e');
    await page.getByLabel('Find a metric, parameter or tag').fill('leaves');
    await page.getByRole('checkbox', { name: /num_leaves/ }).check();
    await page.waitForURL(/num_leaves/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Menu of metrics.auc' }).click();
    await page.getByRole('menuitem', { name: 'Greatest', exact: true }).click();
    await page.waitForURL(/max\(metrics.auc\)|max%28metrics.auc%29/);
  },
  async 'workspace: a phone reads two lines a run, and its address is the same'(page, base) {
    await page.setViewportSize({ width: 390, height: 844 });
    await open(page, base, '?sort=metrics.auc+DESC');
    await page.locator('.two-lines').first().waitFor();
    const high = await page.locator(ROW).first().evaluate((row) => row.getBoundingClientRect().height);
    expect(high >= 56, `a row is ${high} px high`);
    await page.locator('.segmented label', { hasText: 'Charts' }).click();
    await page.waitForURL(/pane=panels/);
  },
};
