import type { Schemas } from '../../api/client';

// What each verdict looks like on a time line: the shape of the flag it would be.
export const verdictFlag: Record<Schemas['Verdict'], string> = {
  open: 'alert', wait: 'note', train: 'retrain', gate: 'decision', refuse: 'decision', advance: 'resolve', promote: 'deploy', rollback: 'rollback', keep: 'resolve', skip: 'note', fail: 'note',
};

export interface CaseGroup {
  id: string;
  decisions: Schemas['DecisionRow'][];  // oldest first
  from: number;
  to: number;
}

// Decisions come newest first; cases too.
export function casesOf(rows: readonly Schemas['DecisionRow'][]): CaseGroup[] {
  const groups = new Map<string, CaseGroup>();
  for (const row of rows) {
    const at = Date.parse(row.at);
    const id = row.case_id || row.id;  // A decision to open no case stands alone.
    const group = groups.get(id);
    if (group) {
      group.decisions.unshift(row);
      group.from = Math.min(group.from, at);
      group.to = Math.max(group.to, at);
    } else groups.set(id, { id, decisions: [row], from: at, to: at });
  }
  return [...groups.values()];
}
