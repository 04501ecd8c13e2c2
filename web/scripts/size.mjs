// What the first page costs over the wire: node scripts/size.mjs (fails above the budget).
import fs from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const BUDGET_KB = 180;
const dist = new URL('../dist/', import.meta.url);
const html = fs.readFileSync(new URL('index.html', dist), 'utf8');
const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((m) => m[1]);
const kb = (name) => brotliCompressSync(fs.readFileSync(new URL(name, dist))).length / 1024;
const total = scripts.reduce((sum, name) => sum + kb(name), 0);
const routes = fs.readdirSync(new URL('assets/', dist)).filter((f) => f.endsWith('.js') && !scripts.includes(`assets/${f}`)).map((f) => kb(`assets/${f}`));
console.log(`initial JS ${total.toFixed(1)} KB brotli of ${BUDGET_KB}, largest route part ${Math.max(0, ...routes).toFixed(1)} KB`);
process.exit(total > BUDGET_KB ? 1 : 0);
