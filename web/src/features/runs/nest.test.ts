import { describe, expect, it } from 'vitest';
import { nest } from './nest';

type Row = readonly [id: string, parent: string | null];
const told = (rows: Row[], folded: string[] = []) => nest(rows, ([id]) => id, ([, parent]) => parent, new Set(folded)).map((n) => `${'.'.repeat(n.depth)}${n.row[0]}${n.children || ''}`);

describe('nested runs', () => {
  const rows: Row[] = [['fold', 'trial'], ['trial', 'sweep'], ['other', null], ['trial2', 'sweep'], ['sweep', null], ['stray', 'elsewhere']];
  it('stand below their parents, in the order of the table', () => {
    expect(told(rows)).toEqual(['other', 'sweep2', '.trial1', '..fold', '.trial2', 'stray']);
  });
  it('are folded with all that is below', () => {
    expect(told(rows, ['sweep'])).toEqual(['other', 'sweep2', 'stray']);
  });
  it('may be nested as deep as their tags say', () => {
    const most = 50_000;
    const chain = Array.from({ length: most }, (_, i): Row => [`${i}`, i > 0 ? `${i - 1}` : null]);
    expect(nest(chain, ([id]) => id, ([, parent]) => parent, new Set()).map((n) => n.depth)).toEqual(chain.map((_, i) => i));
  });
  it('are all there, even in a circle', () => {
    expect(told([['a', 'b'], ['b', 'a'], ['c', 'c']])).toEqual(['c', 'a1', '.b1']);
  });
});
