import { describe, expect, it } from 'vitest';
import { cellsOf, colourAt, heatOf, rasterOf } from './density';
import { nearestLine } from './hit';
import { spread } from './labels';
import { nearestIndex, place, roomy, spanOf, valueAt } from './scale';
import { lonely, pathOf } from './scene';
import { svgOf } from './svg';
import { durationTicks, niceStep, numberTicks, powerTicks, short, ticksOf, timeTicks } from './ticks';

describe('scales', () => {
  it('go there and back', () => {
    for (const log of [false, true]) {
      const scale = { from: 0.01, to: 100, start: 40, end: 400, log };
      for (const v of [0.01, 0.5, 3, 100]) expect(valueAt(scale, place(scale, v))).toBeCloseTo(v, 9);
      expect(place(scale, 0.01)).toBe(40);
      expect(place(scale, 100)).toBeCloseTo(400);
    }
    expect(place({ from: 1, to: 10, start: 0, end: 1, log: true }, 0)).toBeNaN();
  });
  it('hold what is finite, and a constant in their middle', () => {
    expect(spanOf([[1, NaN, 3, Infinity], [-2]])).toEqual([-2, 3]);
    expect(spanOf([[0, -1, 0.1, 10]], true)).toEqual([0.1, 10]);
    expect(roomy([5, 5])).toEqual([4.5, 5.5]);
    expect(roomy(spanOf([]))).toEqual([0, 1]);
    expect(roomy([0, 100], false, 0.1)).toEqual([-10, 110]);
  });
  it('know the nearest place', () => {
    expect([-5, 0, 4, 6, 99].map((at) => nearestIndex([0, 5, 10], at))).toEqual([0, 0, 1, 1, 2]);
    expect(nearestIndex([], 3)).toBe(-1);
  });
});

describe('ticks', () => {
  it('are round and few', () => {
    expect(numberTicks(0.62, 0.97, 4).map((t) => t.text)).toEqual(['.7', '.8', '.9']);
    expect(numberTicks(0, 12_000, 5).map((t) => t.text)).toEqual(['0', '5k', '10k']);
    expect(numberTicks(-1, 1, 4).map((t) => t.text)).toEqual(['−1.0', '−.5', '0', '.5', '1.0']);
    expect(numberTicks(1000, 1010, 5).map((t) => t.text)).toEqual(['1000', '1002', '1004', '1006', '1008', '1010']);
    expect(numberTicks(0, 3, 8, true).map((t) => t.text)).toEqual(['0', '1', '2', '3']);
    for (const [from, to] of [[0, 1e-9], [1e12, 1e12 + 7], [-3e5, 9e7]] as const) {
      const texts = numberTicks(from, to, 5).map((t) => t.text);
      expect(texts.length).toBeLessThanOrEqual(7);
      expect(texts.length).toBeGreaterThan(1);
    }
    expect(numberTicks(3, 3, 5)).toEqual([]);
    expect(niceStep(0.21)).toBeCloseTo(0.5);
  });
  it('of a log axis are powers alone', () => {
    expect(powerTicks(0.0008, 20, 6).map((t) => t.text)).toEqual(['.001', '.01', '.1', '1', '10']);
    expect(powerTicks(1, 1e12, 4).map((t) => t.at)).toEqual([1, 1e4, 1e8, 1e12]);
    expect(ticksOf('number', 0, 5, 4, true)).toEqual([]);
    expect(powerTicks(2, 8, 4).map((t) => t.text)).toEqual(['2', '4', '6', '8']);
  });
  it('of times change their unit at boundaries', () => {
    const midnight = Date.UTC(2026, 10, 24);
    expect(timeTicks(midnight - 3.6e6 * 7, midnight + 3.6e6, 4).map((t) => t.text)).toEqual(['18:00', '21:00', '24\u00a0Nov']);
    expect(durationTicks(0, 7.2e6, 5).map((t) => t.text)).toEqual(['0', '30\u00a0m', '1\u00a0h', '1\u00a0h 30\u00a0m', '2\u00a0h']);
    expect(durationTicks(0, 400, 4).length).toBeLessThanOrEqual(6);
  });
  it('are written as short as they stay apart', () => {
    expect([short(0.85, 0.05), short(1500, 500), short(2e6, 1e6), short(1e-7, 1e-7), short(-0.5, 0.1)]).toEqual(['.85', '1.5k', '2M', '1e−7', '−.5']);
  });
});

describe('labels', () => {
  it('are shifted apart within their room, in order', () => {
    const ys = spread([{ y: 10 }, { y: 11 }, { y: 12 }, { y: 90 }], 13, 0, 100).map((l) => l.y);
    ys.slice(1).forEach((y, i) => expect(y - ys[i]!).toBeGreaterThanOrEqual(12.99));
    expect(ys[0]).toBeGreaterThanOrEqual(0);
    expect(ys[3]).toBe(90);
    const full = spread(Array.from({ length: 12 }, () => ({ y: 99 })), 13, 0, 100).map((l) => l.y);
    expect(Math.min(...full)).toBeGreaterThanOrEqual(-0.01);
    expect(Math.max(...full)).toBeLessThanOrEqual(100.01);
  });
});

describe('the nearest line', () => {
  const xs = [0, 10, 20, 30];
  const lines = [[0, 0, 0, 0], [20, 20, NaN, 20]];
  it('is measured to the segment, over what is not there', () => {
    expect(nearestLine(xs, lines, 12, 4, 8)).toMatchObject({ line: 0, index: 1 });
    expect(nearestLine(xs, lines, 20, 17, 8)).toMatchObject({ line: 1 });
    expect(nearestLine(xs, lines, 15, 10, 8)).toBeNull();
    expect(nearestLine([5], [[7]], 5, 9, 4)).toMatchObject({ line: 0, index: 0, distance: 2 });
  });
  it('is found on a steep one', () => {
    expect(nearestLine([0, 10], [[0, 1000]], 5, 500, 4)?.line).toBe(0);
  });
});

describe('density', () => {
  it('shows one line beside ten thousand', () => {
    expect(heatOf(0, 10_000)).toBe(0);
    expect(heatOf(1, 10_000)).toBeGreaterThan(0.07);
    expect(heatOf(10_000, 10_000)).toBe(1);
    const scale = ['#000000', '#808080', '#ffffff'];
    expect(colourAt(0.25, scale)).toEqual([64, 64, 64]);
    const { pixels } = rasterOf({ width: 2, height: 1, max: 3, cells: Uint16Array.of(0, 3) }, scale);
    expect([...pixels]).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
    expect([...cellsOf(btoa('\u0001\u0000\u0000\u0002'))]).toEqual([1, 512]);
  });
});

describe('scenes', () => {
  it('part lines at what is not there, and show what is alone', () => {
    expect(pathOf([0, 0, 1, 1, NaN, NaN, 3, 3.14159])).toBe('M0 0L1 1M3 3.1');
    expect(lonely([0, 0, 1, 1, NaN, NaN, 3, 3])).toEqual([3, 3]);
  });
  it('are written as SVG whose text is only text', () => {
    const svg = svgOf({ width: 10, height: 10, box: { left: 0, top: 0, right: 10, bottom: 10 }, back: [], ink: [], front: [{ kind: 'text', x: 1, y: 1, text: '<script>&"\u0001', ink: 'text' }] }, 'a < b', (ink) => `c-${ink}`);
    expect(svg).toContain('&#60;script&#62;&#38;&#34;\ufffd');
    expect(svg).toContain('<title>a &#60; b</title>');
    expect(svg).toContain('fill="c-text"');
  });
});
