import { describe, expect, it } from 'vitest';
import { folderOf, kindOf, picturesOf, tableOf } from './files';

const file = (path: string, bytes = 1) => ({ path, bytes });

describe('the files of a run', () => {
  it('are a tree that counts what is below', () => {
    const root = folderOf([file('a/b/x', 3), file('a/y', 2), file('z', 1)]);
    expect([root.count, root.bytes]).toEqual([3, 6]);
    expect(root.files.map((f) => f.path)).toEqual(['z']);
    expect(root.folders.map((f) => [f.path, f.name, f.count, f.bytes])).toEqual([['a', 'a', 2, 5]]);
    expect(root.folders[0]?.folders[0]?.path).toBe('a/b');
  });
  it('have kinds by their endings', () => {
    expect(['a/p.PNG', 'roc.svg', 't.csv', 'c.json', 'MLmodel', 'r.html'].map(kindOf)).toEqual(['picture', 'picture', 'table', 'json', 'text', 'text']);
  });
});

describe('pictures', () => {
  it('of one key stand together by step, small where there is a small one', () => {
    const named = (step: number, sign: string, rest = '') => `images/dog${sign}step${sign}${step}${sign}timestamp${sign}1795${sign}ab-${step}${rest}`;
    for (const sign of ['%', '+']) {
      const [dog, ...others] = picturesOf([file(named(10, sign, '.png')), file(named(2, sign, `${sign}compressed.webp`)), file(named(2, sign, '.png')), file('plots/roc.png')]);
      expect(dog).toEqual({ name: 'images/dog', steps: [{ step: 2, path: named(2, sign, '.png'), small: named(2, sign, `${sign}compressed.webp`) }, { step: 10, path: named(10, sign, '.png'), small: named(10, sign, '.png') }] });
      expect(others.map((p) => p.name)).toEqual(['plots/roc.png']);
    }
  });
  it('are told apart where percent signs ate what follows', () => {
    expect(picturesOf([file('images/a%step%0%timestamp%1795769526508%v2738d81.png')])[0]?.name).toBe('images/a');
  });
});

describe('a table', () => {
  const most = { rows: 3, columns: 2 };
  it('keeps separators, quotes and line ends that stand in quotes', () => {
    expect(tableOf('a,b\r\n"1, ""x""\n2",3\n', ',', most)).toEqual([['a', 'b'], ['1, "x"\n2', '3']]);
  });
  it('ends at its bounds', () => {
    expect(tableOf('a,b,c\n1\n2\n3\n4\n', ',', most)).toEqual([['a', 'b'], ['1'], ['2'], ['3']]);
  });
});
