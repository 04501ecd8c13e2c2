import { describe, expect, it, vi } from 'vitest';
import { PAGE, RunPages, type PageAsk, type RunRow } from './pages';

const row = (i: number, cells: RunRow['cells'] = []): RunRow => ({ ref: `run:${i}`, kind: 'run', name: `run ${i}`, url: '', rev: '', id: `r${i}`, experiment: { ref: '', kind: 'experiment', name: '', url: '', rev: '' }, status: 'ok', state: 'finished', started_at: null, cells });

// A server that holds so many runs, and what it was asked.
function server(total: number) {
  const asks: PageAsk[] = [];
  const pages = new RunPages(async (ask) => {
    asks.push(ask);
    const from = ask.cursor ? Number(ask.cursor) : ask.offset;
    const rows = Array.from({ length: Math.max(0, Math.min(ask.limit, total - from)) }, (_, i) => row(from + i));
    return { rows, cursor: from + rows.length < total ? String(from + rows.length) : null, columns: [{ text: 'metrics.auc', kind: 'number' }] };
  });
  return { pages, asks };
}
const settled = () => new Promise((done) => setTimeout(done, 0));

describe('pages of runs', () => {
  it('are read one behind the other by cursor', async () => {
    const { pages, asks } = server(1000);
    pages.need(0, 40);
    await settled();
    pages.need(60, 100);
    await settled();
    expect(asks.slice(0, 2)).toEqual([{ cursor: '', offset: 0, limit: PAGE }, { cursor: String(PAGE), offset: 0, limit: PAGE }]);
    expect(pages.at(150)?.id).toBe('r150');
  });
  it('are read by their place after a jump, once it stands still', async () => {
    vi.useFakeTimers();
    const { pages, asks } = server(100_000);
    pages.setTotal(100_000);
    pages.need(0, 40);
    await vi.advanceTimersByTimeAsync(1);
    for (let at = 10_000; at < 90_000; at += 10_000) pages.need(at, at + 40);
    pages.need(88_000, 88_040);
    await vi.advanceTimersByTimeAsync(200);
    vi.useRealTimers();
    expect(asks.filter((a) => !a.cursor && a.offset > 0).map((a) => a.offset)).toEqual([88_000, 87_900]);  // and the one before it, read ahead
    expect(pages.at(88_010)?.id).toBe('r88010');
    expect(pages.size).toBe(100_000);
  });
  it('know how many runs there are, from the count or from the end', async () => {
    const { pages } = server(250);
    pages.need(0, 40);
    await settled();
    expect(pages.size).toBeGreaterThanOrEqual(2 * PAGE);
    pages.setTotal(260);
    expect(pages.size).toBe(260);
    pages.need(190, 259);
    await settled();
    expect(pages.size).toBe(250);
  });
  it('change in their places when figures come, and tell it once', async () => {
    const { pages } = server(50);
    pages.need(0, 40);
    await settled();
    const told = vi.fn();
    pages.watch(told);
    pages.patch([row(3, [0.5]), row(999, [1])]);
    pages.patch([row(3, [0.5])]);
    expect(told).toHaveBeenCalledTimes(1);
    expect(pages.at(3)?.cells).toEqual([0.5]);
    expect(pages.at(4)?.id).toBe('r4');
  });
  it('keep their rows when a later page fails, and say so', async () => {
    let fails = false;
    const pages = new RunPages(async ({ limit }) => {
      if (fails) throw new Error('away');
      return { rows: Array.from({ length: limit }, (_, i) => row(i)), cursor: 'next', columns: [] };
    });
    pages.need(0, 10);
    await settled();
    fails = true;
    pages.setTotal(1000);
    pages.need(300, 340);
    await new Promise((done) => setTimeout(done, 120));
    expect(pages.error?.message).toBe('away');
    expect(pages.at(5)?.id).toBe('r5');
  });
});
