// The small demo on the real binary: its page, its REST and its data, up as long as the demo runs. GYRE_BINARY and GYRE_DEPS say where.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ENDS_MS = 10_000;  // To stop after SIGTERM, before it is killed.

export function startDemo(binary, deps) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gyre-browser-'));
  const words = ['demo', 'flights', '--small', '--data', `${deps}/data/flights-3m.parquet`, '--python', `${deps}/python-flights/bin`, '--data-dir', folder, '--listen', '127.0.0.1:0'];
  const child = spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  // It prints its address first, and this when all has happened.
  const up = new Promise((resolve, reject) => {
    const hear = (data) => {
      said += data;
      const address = /^The page is up\s+(http:\/\/[^/\s]+)\//m.exec(said)?.[1];
      if (address) resolve(address);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the demo ended with ${code}: ${said.slice(-600)}`)));
  });
  up.catch(() => undefined);  // Heard where it is waited for.
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const late = setTimeout(() => child.kill('SIGKILL'), ENDS_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(late);
    }
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { up, stop };
}
