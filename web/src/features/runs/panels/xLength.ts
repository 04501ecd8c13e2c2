// How long the longest curve that any panel has drawn is, in units of x: what a slider of half-lives goes by.
import { useSyncExternalStore } from 'react';
import { useBoard } from './board';
import { axisName } from './axis';

const lengths = new Map<string, number>();
const watchers = new Set<() => void>();
const USUAL: Record<string, number> = { step: 10_000, relative: 3_600_000, time: 3_600_000 };

export function tellLength(axis: string, length: number): void {
  if (!(length > (lengths.get(axis) ?? 0))) return;
  lengths.set(axis, length);
  for (const watcher of watchers) watcher();
}

const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
};

export function useXLength(): number {
  const { x, experiment } = useBoard();
  const axis = axisOf(experiment, axisName(x));
  return useSyncExternalStore(watch, () => lengths.get(axis) ?? USUAL[typeof x === 'string' ? x : ''] ?? 100);
}

export const axisOf = (experiment: string, name: string): string => `${experiment} ${name}`;
