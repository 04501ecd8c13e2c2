// Panels that nobody has arranged: sections by the prefix of their keys; train and val of one metric in one panel.
import { telling } from '../telling';
import type { Panel, Section } from './layout';

const SPLITS: Record<string, string> = { train: 'train', training: 'train', val: 'val', valid: 'val', validation: 'val', dev: 'val', eval: 'eval', test: 'test' };
const RANK = ['val', 'test', 'eval', 'train', ''];

export interface Split {
  split: string;   // train, val, test, eval; '' of none
  metric: string;  // what is measured, without it
  prefix: string;  // the section it stands in
}

// val/loss, loss/val, val_loss, val.loss: which part of the data, and what of it.
export function splitOf(key: string): Split {
  const slash = Math.max(key.indexOf('/'), key.includes('/') ? -1 : key.indexOf('.'));
  const prefix = slash > 0 ? key.slice(0, slash) : '';
  const head = /^([a-z]+)[/._-](.+)$/i.exec(key);
  if (head && SPLITS[head[1]!.toLowerCase()]) return { split: SPLITS[head[1]!.toLowerCase()]!, metric: head[2]!, prefix };
  const tail = /^(.+)[/._-]([a-z]+)$/i.exec(key);
  if (tail && SPLITS[tail[2]!.toLowerCase()]) return { split: SPLITS[tail[2]!.toLowerCase()]!, metric: tail[1]!, prefix };
  return { split: '', metric: key, prefix };
}

// Dash by part of the data: what judges a model is drawn through.
export const dashOf = (split: string): number[] => (split === 'train' ? [2, 2.5] : split === 'eval' ? [6, 3] : split === 'test' ? [8, 2, 2, 2] : []);

// The keys of one panel each: those of one metric over all parts of the data, the held-out one first.
export function overlaid(keys: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const { metric, split } = splitOf(key);
    const name = split || keys.some((k) => k !== key && splitOf(k).split && splitOf(k).metric === key) ? `m:${metric}` : `k:${key}`;
    groups.set(name, [...(groups.get(name) ?? []), key]);
  }
  return [...groups.values()].map((list) => list.sort((a, b) => RANK.indexOf(splitOf(a).split) - RANK.indexOf(splitOf(b).split)));
}

export function usualSections(keys: readonly string[], general: string): Section[] {
  const sections = new Map<string, Panel[]>();
  const sorted = [...keys].sort((a, b) => telling(a) - telling(b) || (a < b ? -1 : 1));
  for (const list of overlaid(sorted)) {
    const { prefix, split } = splitOf(list[0]!);
    const name = prefix || split || general;
    sections.set(name, [...(sections.get(name) ?? []), { kind: 'line', keys: list }]);
  }
  const best = (panels: Panel[]) => Math.min(...panels.map((p) => telling(p.keys[0]!)));
  return [...sections].map(([name, panels]) => ({ name, panels })).sort((a, b) => quiet(a.name) - quiet(b.name) || best(a.panels) - best(b.panels));
}

// What a machine tells of itself stands last.
const quiet = (name: string): number => (/^(system|sys|gpu|cpu|host|hw)\b/i.test(name) ? 1 : 0);
