// Reads api/openapi/*.yaml as one document: the files split Gyre's REST by domain and refer to each other by file name.
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const folder = new URL('../../api/openapi/', import.meta.url).pathname;

export function readContract() {
  const whole = { openapi: '3.1.0', info: { title: 'Gyre', version: '1' }, paths: {}, components: { schemas: {}, parameters: {}, requestBodies: {}, responses: {} } };
  for (const file of fs.readdirSync(folder).filter((f) => f.endsWith('.yaml')).sort()) {
    const part = parse(fs.readFileSync(path.join(folder, file), 'utf8'));
    addAll(whole.paths, part.paths, file);
    for (const kind of Object.keys(whole.components)) addAll(whole.components[kind], part.components?.[kind], file);
  }
  return JSON.parse(JSON.stringify(whole).replace(/"\.\/[a-z]+\.yaml#/g, '"#'));
}

function addAll(into, from, file) {
  for (const [name, value] of Object.entries(from ?? {})) {
    if (name in into) throw new Error(`${file}: ${name} stands in another file too`);
    into[name] = value;
  }
}
