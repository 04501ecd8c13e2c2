import { describe, expect, it } from 'vitest';
import { ema, fromColumns, fromJson, halfLives, type Curve } from './curves';
import { movePanel, readLayout, writeLayout, type Panel, type Section } from './layout';
import { lineScene, notFinite, type Drawn } from './lineScene';
import { overlaid, splitOf, usualSections } from './split';

function random(seed: number) {
  let a = seed;
  return () => {
    a = (a * 1103515245 + 12345) & 0x7fffffff;
    return a / 0x7fffffff;
  };
}

describe('a layout', () => {
  it('comes back from the address as it was, whatever its names hold', () => {
    const rng = random(7);
    const signs = ['a', 'loss', '/', '|', ',', '=', '~', '!', '+', '&', '#', '%', 'ä', '→', ' ', '"', '\u{1F600}'];
    const word = () => Array.from({ length: 1 + Math.floor(rng() * 6) }, () => signs[Math.floor(rng() * signs.length)]).join('');
    for (let i = 0; i < 200; i++) {
      const panel = (): Panel => ({ kind: (['line', 'scatter', 'parallel', 'importance', 'note'] as const)[Math.floor(rng() * 5)]!, keys: Array.from({ length: 1 + Math.floor(rng() * 3) }, word), ...(rng() < 0.5 && { width: 2, height: 280, log: rng() < 0.5, low: -1.5e-7, title: word() }), ...(rng() < 0.3 && { band: 'range' as const, clip: true, apart: true, logs: '1-0', high: 3 }) });
      const sections: Section[] = Array.from({ length: 1 + Math.floor(rng() * 3) }, () => ({ name: word(), panels: Array.from({ length: 1 + Math.floor(rng() * 4) }, panel) }));
      expect(readLayout(writeLayout(sections))).toEqual(sections);
    }
  });
  it('takes what is broken for what it can be', () => {
    expect(readLayout('')).toEqual([]);
    expect(readLayout('val=l,x~ka,l~kb~w99~h1~gz~a')).toEqual([{ name: 'val', panels: [{ kind: 'line', keys: ['b'], width: 3, height: 160, log: false, low: undefined }] }]);
  });
  it('moves panels between sections', () => {
    const line = (key: string): Panel => ({ kind: 'line', keys: [key] });
    const sections = [{ name: 'a', panels: [line('1'), line('2'), line('3')] }, { name: 'b', panels: [] }];
    const keys = (list: Section[]) => list.map((s) => s.panels.map((p) => p.keys[0]));
    expect(keys(movePanel(sections, [0, 0], [0, 2]))).toEqual([['2', '3', '1'], []]);
    expect(keys(movePanel(sections, [0, 1], [1, 0]))).toEqual([['1', '3'], ['2']]);
    expect(keys(movePanel(sections, [0, 9], [1, 0]))).toEqual([['1', '2', '3'], []]);
  });
});

describe('panels by themselves', () => {
  it('lay train and val of one metric over each other, the held-out first', () => {
    expect(overlaid(['train/loss', 'val/loss', 'val/auc', 'lr'])).toEqual([['val/loss', 'train/loss'], ['val/auc'], ['lr']]);
    expect(overlaid(['loss', 'val_loss'])).toEqual([['val_loss', 'loss']]);
    expect(splitOf('valid.auc')).toEqual({ split: 'val', metric: 'auc', prefix: 'valid' });
    expect(splitOf('lr')).toEqual({ split: '', metric: 'lr', prefix: '' });
    expect(splitOf('gpu/0/util').prefix).toBe('gpu');
  });
  it('stand in sections, those that judge a model first and the machine last', () => {
    const sections = usualSections(['system/gpu', 'grad/norm', 'train/loss', 'val/loss', 'val/auc', 'epoch'], 'general');
    expect(sections.map((s) => [s.name, s.panels.map((p) => p.keys)])).toEqual([['val', [['val/auc'], ['val/loss', 'train/loss']]], ['general', [['epoch']]], ['grad', [['grad/norm']]], ['system', [['system/gpu']]]]);
  });
});

const curve = (last: number[], more: Partial<Curve> = {}): Curve => ({ id: 'r', key: 'k', run: 'r', name: 'r', group: [], members: 1, points: last.length, nan: 0, inf: 0, firstNan: null, last: Float32Array.from(last), ...more });

describe('curves', () => {
  it('are read from JSON', () => {
    const set = fromJson({ rev: '1', exact: true, matched: 1, drawn: 1, x: [0, 1, 2], lines: [{ key: 'a', run: null, name: '', group: [{ by: 'params.m', value: null }], members: 3, points: 2, nan: 0, inf: 1, first_nan_step: null, last: [1, null, 'Infinity'], count: [1, 0, 1] }] });
    expect(set.curves[0]).toMatchObject({ id: '[null]', members: 3 });
    expect([...set.curves[0]!.last]).toEqual([1, NaN, Infinity]);
  });
  it('are read from columns', () => {
    const head = JSON.stringify({ rev: '1', exact: true, matched: 1, drawn: 1, places: 2, lines: [{ key: 'a', run: 'r', name: 'n', points: 2, nan: 0, inf: 0, first_nan_step: null, columns: ['last', 'count'] }] });
    const padded = head.padEnd(Math.ceil((8 + head.length) / 8) * 8 - 8);
    const buffer = new ArrayBuffer(8 + padded.length + 16 + 16);
    new Uint8Array(buffer).set(new TextEncoder().encode('GYC1'));
    new DataView(buffer).setUint32(4, padded.length, true);
    new Uint8Array(buffer).set(new TextEncoder().encode(padded), 8);
    new Float64Array(buffer, 8 + padded.length, 2).set([0, 10]);
    new Float32Array(buffer, 24 + padded.length, 4).set([0.5, NaN, 1, 0]);
    const set = fromColumns(buffer);
    expect([...set.x]).toEqual([0, 10]);
    expect([...set.curves[0]!.last]).toEqual([0.5, NaN]);
    expect([...set.curves[0]!.count!]).toEqual([1, 0]);
  });
  it('are smoothed for a preview: a constant stays, what is not finite is passed over, the past alone counts', () => {
    const x = [0, 1, 2, 3, 4];
    expect([...ema(x, [3, 3, NaN, 3, 3], 2)].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([3, 3, NaN, 3, 3]);
    const prefix = ema(x, [1, 2, 3, 4, 5], 2);
    expect([...ema(x.slice(0, 3), [1, 2, 3], 2)]).toEqual([...prefix.slice(0, 3)]);
    expect(prefix[4]!).toBeLessThan(5);
    expect(halfLives(12_000, 1)).toEqual([0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]);
    expect(halfLives(NaN, 1)).toEqual([0]);
  });
});

describe('the scene of a panel', () => {
  const line = (c: Curve, ink = 'cat-1'): Drawn => ({ curve: c, name: c.name, ink, dash: [], base: false, label: c.name });
  const wish = (lines: Drawn[]) => lineScene({ width: 400, height: 200, x: [0, 1, 2, 3], lines, xSpan: [0, 3], ySpan: [0, 10], xLog: false, yLog: false, axis: 'steps', labels: true, envelope: true, statistic: false });
  const dots = (c: Curve) => (wish([line(c)]).ink.find((i) => i.kind === 'line') as { points: readonly number[] }).points;
  it('goes on over buckets where only others have points, and parts at a NaN', () => {
    expect(dots(curve([1, NaN, 3, 4], { count: Float32Array.of(1, 0, 1, 1) })).length).toBe(6);
    expect(dots(curve([1, NaN, 3, 4], { count: Float32Array.of(1, 1, 1, 1) })).filter(Number.isNaN).length).toBe(2);
  });
  it('moves no line when another goes', () => {
    const both = wish([line(curve([1, 2, 3, 4])), line(curve([5, 6, 7, 8]), 'cat-2')]);
    const one = wish([line(curve([5, 6, 7, 8]), 'cat-2')]);
    expect(both.ink.filter((i) => i.kind === 'line' && i.ink === 'cat-2')).toEqual(one.ink.filter((i) => i.kind === 'line'));
  });
  it('keeps a run that is NaN alone, and marks it under the axis; infinities at the edges', () => {
    const scene = wish([line(curve([NaN, NaN, NaN, NaN], { count: Float32Array.of(1, 1, 1, 1), nan: 4 }))]);
    const marks = scene.front.filter((i) => i.kind === 'mark');
    expect(marks.length).toBe(4);  // farther apart than a mark is wide
    expect(marks.every((m) => m.kind === 'mark' && m.shape === 'diamond' && m.y > scene.box.bottom)).toBe(true);
    const shapes = notFinite(line(curve([Infinity, -Infinity, 1, 1])), Float64Array.of(50, 60, 70, 80), scene.box).map((i) => i.kind === 'mark' && i.shape);
    expect(shapes).toEqual(['up', 'down']);
  });
});
