// Serves web/dist with made-up answers, or passes /api on to a real server.
// node dev/serve.mjs [--port N] [--api http://127.0.0.1:7070]
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { ofRun } from './answers-files.mjs';
import { answer } from './routes.mjs';

const option = (name, fallback) => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : fallback);
const api = option('api', '');
const dist = new URL('../dist/', import.meta.url).pathname;
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

function pass(request, response) {
  const target = new URL(request.url, api);
  const headers = { ...request.headers, host: target.host };
  delete headers.origin;
  const onward = http.request(target, { method: request.method, headers }, (answered) => {
    response.writeHead(answered.statusCode, answered.headers);
    answered.pipe(response);
  });
  onward.on('error', () => response.writeHead(502).end());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

function events(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  const timer = setInterval(() => response.write(': beat\n\n'), 5000);
  response.on('close', () => clearInterval(timer));
}

function file(url, response) {
  const asset = path.normalize(path.join(dist, url.pathname));
  const page = !url.pathname.startsWith('/assets/');
  const name = page ? path.join(dist, 'index.html') : asset;
  if (!name.startsWith(dist) || !fs.existsSync(name)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[path.extname(name)] ?? 'application/octet-stream', 'content-security-policy': POLICY });
  fs.createReadStream(name).pipe(response);
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const asked = url.pathname.startsWith('/api/') || url.pathname === '/get-artifact';
  if (!asked) return file(url, response);
  if (api) return pass(request, response);
  if (url.pathname === '/get-artifact') return ofRun(request, url, response);
  if (url.pathname === '/api/v1/events') return events(response);
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const { status, body } = answer(request.method, url, request.headers.referer, parts.length ? JSON.parse(Buffer.concat(parts).toString()) : {});
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_dev' }).end(JSON.stringify(body));
  });
});
server.listen(Number(option('port', '0')), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/p/default`));
