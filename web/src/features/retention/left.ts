// How long something of the bin can still be restored.
import type { Schemas } from '../../api/client';
import { coarse, millis } from '../../format/time';
import { S } from '../../strings';

export type BinItem = Schemas['BinList']['rows'][number];

export interface Left {
  share: number;    // of its undo window, 0 to 1
  text: string;     // "29 d left"
  soon: boolean;    // a tenth of its window or less
}

const SOON = 0.1;

export function leftOf(item: Pick<BinItem, 'deleted_at' | 'purged_at'>, now: number): Left {
  const from = millis(item.deleted_at) ?? now;
  const to = millis(item.purged_at) ?? now;
  const left = to - now;
  if (left <= 0) return { share: 0, text: S.retention.going, soon: true };
  const share = to > from ? Math.min(1, left / (to - from)) : 0;
  return { share, text: S.retention.left(coarse(left)), soon: share <= SOON };
}

// When the first that nothing keeps goes: "in 3 d", "now"; empty where all of it stays.
export function nextGoes(rows: readonly BinItem[], now: number): string {
  const next = rows.find((r) => !r.kept);
  if (!next) return '';
  const left = (millis(next.purged_at) ?? now) - now;
  return S.retention.inTime(left > 0 ? coarse(left) : '');
}

// What a purge would take, and what it would leave with why. An experiment takes its deleted runs along.
export interface PurgePlan {
  goes: BinItem[];
  stays: BinItem[];
}

export function purgePlan(rows: readonly BinItem[], what: BinItem | null): PurgePlan {
  const asked = what === null ? rows : what.kind === 'experiment' ? rows.filter((r) => r.experiment === what.id) : rows.filter((r) => r.kind === what.kind && r.id === what.id);
  const all = asked.length > 0 ? asked : what ? [what] : [];
  const needed = all.filter((r) => r.kept);
  // An experiment goes when it is empty.
  const held = (item: BinItem) => item.kind === 'experiment' && needed.some((r) => r.experiment === item.id);
  return { goes: all.filter((r) => !r.kept && !held(r)), stays: all.filter((r) => r.kept || held(r)) };
}

export function counted(rows: readonly { kind: string }[]): string {
  const parts = ['run', 'logged-model', 'experiment'].map((kind) => [rows.filter((r) => r.kind === kind).length, S.retention.kinds[kind] ?? kind] as const);
  return parts.filter(([n]) => n > 0).map(([n, kind]) => S.retention.kindsOf(n, kind)).join(', ');
}
