// api/openapi/*.yaml -> src/generated/api.ts
import fs from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { readContract } from './openapi.mjs';

const out = new URL('../src/generated/', import.meta.url);
const ast = await openapiTS(readContract(), { defaultNonNullable: false });
fs.mkdirSync(out, { recursive: true });
fs.writeFileSync(new URL('api.ts', out), `// Generated from api/openapi by scripts/api-types.mjs.\n${astToString(ast)}`);
