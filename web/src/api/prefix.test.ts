import { expect, test } from 'vitest';
import { inside, outside } from './prefix';

test('paths get the prefix when they leave the page, and lose it when they come in', () => {
  expect(outside('/p/default', '/gyre')).toBe('/gyre/p/default');
  expect(outside('#page', '/gyre')).toBe('#page');
  expect(outside('/p/default', '')).toBe('/p/default');
  expect(inside('/gyre/p/default', '/gyre')).toBe('/p/default');
  expect(inside('/gyre', '/gyre')).toBe('/');
  expect(inside('/gyrex/p', '/gyre')).toBe('/gyrex/p');
  expect(inside('/p/default', '')).toBe('/p/default');
});
