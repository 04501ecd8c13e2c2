// The page of the real binary under a prefix: it asks, links and moves there, and nowhere else.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PREFIX = '/team/gyre';

function serve(binary, folder) {
  const child = spawn(binary, ['server', '--data-dir', folder, '--listen', '127.0.0.1:0', '--static-prefix', PREFIX], { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
      const found = /serves (http:\/\/\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${said.slice(-600)}`)));
  });
  return { child, url };
}

export async function underAPrefix(browser, binary, fail) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gyre-prefix-'));
  const { child, url } = serve(binary, folder);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.on('pageerror', (error) => fail(`error: ${error.message}`));
    page.on('response', (response) => {
      const asked = new URL(response.url());
      if (!asked.pathname.startsWith(`${PREFIX}/`) || response.status() >= 400) fail(`${response.status()} ${asked.pathname}`);
    });
    const at = async (where) => page.waitForURL((found) => found.pathname === PREFIX + where, { timeout: 10_000 });
    const events = page.waitForRequest((request) => request.url().endsWith(`${PREFIX}/api/v1/events`));
    await page.goto(`${await url}/`);
    await at('/p/default');
    await events;
    const models = page.locator(`a[href="${PREFIX}/p/default/models"]`).first();
    await models.click();
    await at('/p/default/models');
    await page.locator('a[aria-current="page"]').first().waitFor();
    await page.reload();
    await page.locator('a[aria-current="page"]').first().waitFor();
    await page.goBack();
    await at('/p/default');
  } finally {
    await context.close();
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
