// The made-up files of a run: pictures are drawn by their names, the rest is text.
const TEXTS = {
  'config.json': '{"lr": 0.001, "layers": [64, 32], "note": "<script>alert(1)</script>"}',
  'tables/scores.csv': `row,score,label\n${Array.from({ length: 300 }, (_, i) => `${i},${(i * 0.003).toFixed(3)},"on, time"`).join('\n')}\n`,
  'report.html': '<h1>Report</h1><script>document.title = "owned"</script>',
  'model/MLmodel': 'artifact_path: model\nflavors:\n  onnx: {}\n',
  'train.log': Array.from({ length: 20_000 }, (_, i) => `epoch ${i}: loss ${(1 / (i + 1)).toFixed(6)}`).join('\n'),
};
const PICTURES = ['plots/confusion.svg', 'plots/roc.svg', ...[0, 1, 2].flatMap((step) => [`images/late%step%${step}%timestamp%179576952650${step}%f2738d81.png`, `images/late%step%${step}%timestamp%179576952650${step}%f2738d81%compressed.webp`])];
const drawn = (path) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 100" width="640" height="400"><rect width="160" height="100" fill="#fff"/><path d="M0 100 Q${10 + path.length} 0 160 0" fill="none" stroke="#0B5F7D" stroke-width="3"/></svg>`;

export const filesOf = () => [...PICTURES.map((path) => ({ path, bytes: drawn(path).length })), ...Object.entries(TEXTS).map(([path, text]) => ({ path, bytes: text.length }))].sort((a, b) => (a.path < b.path ? -1 : 1));

export function ofRun(request, url, response) {
  const path = url.searchParams.get('path') ?? '';
  const picture = PICTURES.includes(path);
  const body = picture ? drawn(path) : TEXTS[path];
  if (body === undefined) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"message": "No such artifact"}');
  const [, last] = /bytes=0-(\d+)/.exec(request.headers.range ?? '') ?? [];
  const type = picture ? 'image/svg+xml' : path.endsWith('.html') ? 'text/html' : 'text/plain; charset=utf-8';
  response.writeHead(last ? 206 : 200, { 'content-type': type, 'content-disposition': 'attachment', 'x-content-type-options': 'nosniff' }).end(last ? body.slice(0, Number(last) + 1) : body);
}
