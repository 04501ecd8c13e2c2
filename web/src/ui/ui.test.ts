import { expect, it } from 'vitest';
import { staleRooms } from '../api/topics';
import { nearness } from './Meter';
import { readRange } from './range';
import { ticks } from './TimeAxis';

it('fills a meter to 1 at the limit, from either side', () => {
  expect(nearness(0.06, 0.06, 'above')).toBe(1);
  expect(nearness(0.03, 0.06, 'above')).toBeCloseTo(0.5);
  expect(nearness(0.8, 0.8, 'below')).toBe(1);
  expect(nearness(null, 0.8, 'below')).toBeNull();
});

it('reads a range from the address and drops what is none', () => {
  expect(readRange({ t: '7d' })).toEqual({ t: '7d', from: undefined, to: undefined });
  expect(readRange({ t: 'yesterday', from: 'soon' })).toEqual({ t: undefined, from: undefined, to: undefined });
  expect(readRange({ from: '2001-04-01T00:00:00Z', to: '2001-04-02T00:00:00Z' }).from).toBe('2001-04-01T00:00:00Z');
});

it('puts ticks at boundaries, never more than fit', () => {
  const from = Date.UTC(2001, 2, 5);
  for (const days of [1, 7, 31, 117, 900]) {
    const list = ticks(from, from + days * 86_400_000, 640);
    expect(list.length).toBeGreaterThan(0);
    expect(list.length).toBeLessThanOrEqual(11);
    expect(list.every((t) => t.at >= from)).toBe(true);
  }
});

it('knows every topic of the contract', () => {
  for (const topic of ['commit.created', 'window.closed', 'alert.opened', 'decision.made', 'endpoint.revised', 'resync']) expect(staleRooms[topic]).toBeDefined();
});
