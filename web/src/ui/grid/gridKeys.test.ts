import { expect, it } from 'vitest';
import { go } from './gridKeys';

const reach = { rows: 100_000, columns: 12, page: 20 };
const plain = { ctrl: false, letters: true };

it('keys walk a grid and stop at its edges', () => {
  expect(go('ArrowDown', plain, { row: 0, column: 2 }, reach)).toEqual({ row: 1, column: 2 });
  expect(go('ArrowUp', plain, { row: 0, column: 2 }, reach)).toEqual({ row: -1, column: 2 });
  expect(go('k', plain, { row: 0, column: 2 }, reach)).toEqual({ row: 0, column: 2 });
  expect(go('PageDown', plain, { row: -1, column: 2 }, reach)).toEqual({ row: 20, column: 2 });
  expect(go('End', plain, { row: 5, column: 2 }, reach)).toEqual({ row: 5, column: 11 });
  expect(go('End', { ...plain, ctrl: true }, { row: 5, column: 2 }, reach)).toEqual({ row: 99_999, column: 11 });
  expect(go('Home', { ...plain, ctrl: true }, { row: 5, column: 2 }, reach)).toEqual({ row: 0, column: 0 });
  expect(go('ArrowDown', plain, { row: 99_999, column: 2 }, reach)).toEqual({ row: 99_999, column: 2 });
});
it('letters can be switched off', () => {
  expect(go('j', { ctrl: false, letters: false }, { row: 0, column: 0 }, reach)).toBeNull();
});
