import { describe, expect, it } from 'vitest';
import { DISTANCES } from '../../generated/distances';
import { assign, lookOf, ROUNDS, SLOTS } from './colour';

const ids = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `run-${from + i}`);

describe('colours of runs', () => {
  it('are all different as long as there are slots', () => {
    const slots = assign(new Map(), ids(SLOTS * ROUNDS));
    expect(new Set(slots.values()).size).toBe(SLOTS * ROUNDS);
    expect(new Set([...slots.values()].map((s) => JSON.stringify(lookOf(s)))).size).toBe(SLOTS * ROUNDS);
    expect([...slots.values()].slice(0, SLOTS).every((s) => s < SLOTS)).toBe(true);
  });
  it('stay when others come and go', () => {
    const first = assign(new Map(), ids(10));
    const fewer = assign(first, ids(5, 3));
    const more = assign(fewer, [...ids(20, 40), ...ids(5, 3)]);
    for (const id of ids(5, 3)) expect(more.get(id)).toBe(first.get(id));
  });
  it('come back to a run that was away while nobody took them', () => {
    const first = assign(new Map(), ids(4));
    expect(assign(assign(first, ['run-0']), ids(4))).toEqual(first);
  });
  it('are as far from those that are drawn as can be', () => {
    const slots = [...assign(new Map(), ids(6)).values()];
    for (let n = 1; n < slots.length; n++) {
      const near = (colour: number) => Math.min(...slots.slice(0, n).map((other) => DISTANCES[colour]?.[other] ?? 0));
      const best = Math.max(...Array.from({ length: SLOTS }, (_, c) => c).filter((c) => !slots.slice(0, n).includes(c)).map(near));
      expect(near(slots[n] ?? 0)).toBe(best);
    }
  });
  it('are used up at some time', () => {
    const slots = assign(new Map(), ids(SLOTS * ROUNDS + 5));
    expect(slots.size).toBe(SLOTS * ROUNDS);
    expect(lookOf(slots.get('run-40'))).toEqual({ colour: 'text3', dash: [] });
  });
  it('are the same for the same runs in the same order', () => {
    expect(assign(new Map(), ids(9))).toEqual(assign(new Map(), ids(9)));
  });
});
