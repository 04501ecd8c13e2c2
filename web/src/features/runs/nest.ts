// Child runs below their parents, as MLflow's tag mlflow.parentRunId tells.
export interface Nested<T> {
  row: T;
  depth: number;
  children: number;  // that are on the page, right below it
}

// In the order of `rows`, each with its children behind it; those of a folded run are left out. What a circle of parents holds, or whose
// parent is not here, begins at the edge.
export function nest<T>(rows: readonly T[], idOf: (row: T) => string, parentOf: (row: T) => string | null, folded: ReadonlySet<string>): Nested<T>[] {
  const here = new Set(rows.map(idOf));
  const below = new Map<string, T[]>();
  for (const row of rows) {
    const parent = parentOf(row);
    const under = parent !== null && parent !== idOf(row) && here.has(parent) ? parent : '';
    const siblings = below.get(under);
    if (siblings) siblings.push(row);
    else below.set(under, [row]);
  }
  const out: Nested<T>[] = [];
  const seen = new Set<string>();
  // Without recursion: tags may nest runs deeper than a stack is.
  const put = (root: T) => {
    const next = [{ row: root, depth: 0, shown: true }];
    for (let at = next.pop(); at; at = next.pop()) {
      const { row, depth, shown } = at;
      const id = idOf(row);
      if (seen.has(id)) continue;
      seen.add(id);
      const children = below.get(id) ?? [];
      if (shown) out.push({ row, depth, children: children.length });
      for (const child of children.toReversed()) next.push({ row: child, depth: depth + 1, shown: shown && !folded.has(id) });
    }
  };
  for (const row of below.get('') ?? []) put(row);
  for (const row of rows) put(row);
  return out;
}
