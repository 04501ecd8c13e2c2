import { describe, expect, it } from 'vitest';
import { readSelection, readWorkspace, stateOf, tooLong, TOP, withView, writeSelection, writeWorkspace, type Workspace, type WorkspaceSearch } from './workspace';

// Linear congruential, so that a failure can be looked at again.
function random(seed: number) {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}
const SEEDS = 300;

function any(seed: number): Workspace {
  const rng = random(seed);
  const maybe = <T>(value: T): T | undefined => (rng() < 0.5 ? value : undefined);
  const some = (values: string[]) => values.filter(() => rng() < 0.5);
  const keys = ['metrics.auc', 'metrics.`val loss, mean`', "params.'a,b'", 'max(metrics.loss)', 'metrics.a - metrics.b', 'tags.ß'];
  return {
    filter: maybe("metrics.auc > 0.9 AND tags.x = 'a,b'"), sort: maybe('metrics.auc DESC'), columns: maybe(some(keys)), group: some(keys),
    sel: { top: Math.floor(rng() * 60), ids: some(['4f', 'try_1', 'amber-fox']) }, hide: some(['a', 'b']), pane: (['table', 'both', 'panels'] as const)[Math.floor(rng() * 3)] ?? 'both',
    differ: rng() < 0.5, pin: some(keys), base: maybe('4f'), find: maybe('seed 7'), view: maybe('vw_1'),
  };
}

describe('the address of a workspace', () => {
  it('is read as it was written', () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const workspace = any(seed);
      const address = new URLSearchParams(Object.entries(writeWorkspace(workspace)).filter((e): e is [string, string] => e[1] !== undefined)).toString();
      expect(readWorkspace(Object.fromEntries(new URLSearchParams(address))), `seed ${seed}`).toEqual(workspace);
    }
  });
  it('says nothing of what is usual', () => {
    expect(Object.values(writeWorkspace(readWorkspace({}))).filter((v) => v !== undefined)).toEqual([]);
  });
  it('survives what people write into it', () => {
    expect(readWorkspace({ sel: 'top99999,,x,x', pane: 'nowhere', log: '1', columns: ',,' })).toMatchObject({ sel: { top: 0, ids: ['top99999', 'x'] }, pane: 'both', columns: [] });
  });
  it('knows the first of an order, chosen runs, both and none', () => {
    expect(readSelection(undefined)).toEqual({ top: TOP, ids: [] });
    for (const text of ['none', 'top5', 'top5,a,b', 'a,b']) expect(writeSelection(readSelection(text))).toBe(text);
  });
});

describe('a saved view', () => {
  const state: WorkspaceSearch = { filter: 'a = 1', smooth: '200', log: '1' };
  it('stands for all that it holds, until something is changed', () => {
    expect(withView({ view: 'vw_1' }, state)).toEqual({ ...state, view: 'vw_1' });
    expect(withView({ view: 'vw_1', filter: 'b = 2' }, state)).toEqual({ view: 'vw_1', filter: 'b = 2' });
    expect(withView({ filter: 'b = 2' }, state)).toEqual({ filter: 'b = 2' });
  });
  it('holds nothing of where it came from, and what panels keep', () => {
    expect(stateOf({ ...state, view: 'vw_1', panels: 'val/auc' })).toEqual({ ...state, panels: 'val/auc' });
  });
  it('is needed for a long address', () => {
    expect(tooLong(state)).toBe(false);
    expect(tooLong({ ...state, columns: 'metrics.a,'.repeat(200) })).toBe(true);
  });
});
