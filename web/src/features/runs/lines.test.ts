import { describe, expect, it, vi } from 'vitest';
import { Branch, type Source } from './lines';

const source = (name: string, size: number): Source<string> => ({ size, at: (i) => `${name}${i}`, need: vi.fn() });
const told = (root: Branch<string>) => Array.from({ length: root.size }, (_, i) => root.line(i)).map((line) => '.'.repeat(line?.depth ?? 0) + line?.row);

describe('lines of a table', () => {
  it('are the rows of the source, and those below what is open', () => {
    const root = new Branch(source('a', 4));
    root.unfold(2, source('c', 1));
    const below = root.unfold(0, source('b', 2));
    below.unfold(1, source('d', 2));
    expect(told(root)).toEqual(['a0', '.b0', '.b1', '..d0', '..d1', 'a1', 'a2', '.c0', 'a3']);
    root.fold(0);
    expect(told(root)).toEqual(['a0', 'a1', 'a2', '.c0', 'a3']);
    expect(root.line(99)).toBeUndefined();
    expect(root.placeOf(3)).toBe(4);
  });
  it('are asked for where they are seen', () => {
    const [a, b] = [source('a', 100_000), source('b', 500)];
    const root = new Branch(a);
    root.unfold(50_000, b);
    root.need(49_990, 50_100);
    expect(a.need).toHaveBeenCalledWith(49_990, 50_000);
    expect(b.need).toHaveBeenCalledWith(0, 99);
    root.need(50_450, 50_560);
    expect(b.need).toHaveBeenLastCalledWith(449, 499);
    expect(a.need).toHaveBeenLastCalledWith(50_001, 50_060);
  });
});
