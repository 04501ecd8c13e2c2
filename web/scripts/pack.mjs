// Packs what is worth it beside itself (.br, .gz): the server sends them as they are.
import fs from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const WORTH_BYTES = 1024;
const dist = new URL('../dist/', import.meta.url);
const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
for (const name of fs.readdirSync(dist, { recursive: true }).filter((f) => /\.(js|css|html|svg|json)$/.test(f))) {
  const bytes = fs.readFileSync(new URL(name, dist));
  if (bytes.length < WORTH_BYTES) continue;
  fs.writeFileSync(new URL(`${name}.br`, dist), brotliCompressSync(bytes, best));
  fs.writeFileSync(new URL(`${name}.gz`, dist), gzipSync(bytes, { level: 9 }));
}
