import { describe, expect, it } from 'vitest';
import { columnsIn, dropPlace, layoutOf, rowsIn, scrollTo } from './geometry';

describe('the window of a grid', () => {
  const layout = layoutOf([40, 200, ...Array.from({ length: 60 }, () => 100)], 2);
  it('shows the columns that are under it, and pinned ones are not counted', () => {
    expect(columnsIn(layout, 0, 640)).toEqual({ first: 2, last: 6 });
    expect(columnsIn(layout, 1000, 640)).toEqual({ first: 11, last: 16 });
    expect(columnsIn(layout, 1e6, 640).last).toBe(61);
  });
  it('shows whole blocks of rows, and no row that there is not', () => {
    expect(rowsIn(0, 560, 28, 100_000)).toEqual({ first: 0, last: 27 });
    expect(rowsIn(28 * 50_001, 560, 28, 100_000)).toEqual({ first: 49_992, last: 50_031 });
    expect(rowsIn(0, 560, 28, 0)).toEqual({ first: 0, last: -1 });
    for (let top = 0; top < 3000; top += 7) {
      const { first, last } = rowsIn(top, 560, 28, 1000);
      expect(first * 28 <= top && (last + 1) * 28 >= Math.min(top + 560, 28_000)).toBe(true);
    }
  });
  it('moves no more than a row needs to be seen', () => {
    expect(scrollTo(5, 28, 0, 560)).toBe(0);
    expect(scrollTo(20, 28, 0, 560)).toBe(28);
    expect(scrollTo(2, 28, 280, 560)).toBe(56);
  });
  it('knows where a dragged column goes', () => {
    expect(dropPlace(layout, 10, 2)).toBe(2);
    expect(dropPlace(layout, 460, 2)).toBe(4);
    expect(dropPlace(layout, 1e6, 2)).toBe(62);
  });
});
