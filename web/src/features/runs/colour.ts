// Which run has which colour. A run that becomes visible takes, among the free slots of the first round that has any, the one that is
// farthest from all that are visible; it keeps it for as long as it is drawn, and gets it back when it is drawn again and nobody took it.
import { DISTANCES } from '../../generated/distances';

export const SLOTS = DISTANCES.length;                                             // colours
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2]];        // by round of slots
export const ROUNDS = DASHES.length;
const KEPT = 500;  // runs that are not drawn and whose colours are remembered

export type Slots = ReadonlyMap<string, number>;  // run -> slot; what is drawn last stands last

// The order of `visible` matters only to runs that have no slot yet. Beyond all rounds a run has none.
export function assign(before: Slots, visible: readonly string[]): Slots {
  const drawn = new Set(visible);
  const next = new Map<string, number>();
  const taken = new Set<number>();
  for (const id of visible) {
    const slot = before.get(id);
    if (slot === undefined || taken.has(slot)) continue;
    taken.add(slot);
    next.set(id, slot);
  }
  for (const id of visible) {
    if (next.has(id)) continue;
    const slot = farthest(taken);
    if (slot === null) break;
    taken.add(slot);
    next.set(id, slot);
  }
  const away = [...before].filter(([id]) => !drawn.has(id));
  return new Map([...away.slice(Math.max(0, away.length - KEPT)), ...next]);
}

// The free slot that is farthest from its nearest neighbour among the colours that are drawn; of equals the first.
function farthest(taken: ReadonlySet<number>): number | null {
  const colours = new Set([...taken].map((slot) => slot % SLOTS));
  for (let round = 0; round < ROUNDS; round++) {
    let best: number | null = null;
    let width = -1;
    for (let colour = 0; colour < SLOTS; colour++) {
      if (taken.has(round * SLOTS + colour)) continue;
      const near = Math.min(...[...colours].map((other) => DISTANCES[colour]?.[other] ?? 0));
      if (near > width) [best, width] = [round * SLOTS + colour, near];
    }
    if (best !== null) return best;
  }
  return null;
}

export function lookOf(slot: number | undefined): { colour: string; dash: number[] } {
  if (slot === undefined || slot >= SLOTS * ROUNDS) return { colour: 'text3', dash: [] };
  return { colour: `cat-${(slot % SLOTS) + 1}`, dash: [...(DASHES[Math.floor(slot / SLOTS)] ?? [])] };
}
