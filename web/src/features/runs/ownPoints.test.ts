import { expect, it } from 'vitest';
import { ownPoints, type Series } from './ownPoints';

it('a series that is logged seldom is one line, and its own gaps stay', () => {
  const series: Series = { key: 'auc', last: [0.7, null, 'NaN', null, 0.9], min: [0.7, null, 'NaN', null, 0.8], max: [0.7, null, 'NaN', null, 0.9], count: [1, 0, 1, 0, 2] };
  expect(ownPoints([0, 0.5, 1, 1.5, 2], series)).toEqual({ x: [0, 1, 2], last: [0.7, 'NaN', 0.9], min: [0.7, 'NaN', 0.8], max: [0.7, 'NaN', 0.9] });
});
