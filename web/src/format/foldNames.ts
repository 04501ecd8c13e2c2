// Long names of one set, each in so many characters: its beginning, and the part by which it differs from its nearest in the set.
const ELLIPSIS = '…';
const JOINT = /[-_./: ]/;
const HEAD_SHARE = 0.45;  // of the room, at most, for the beginning
const BEFORE = 4;         // characters that are kept before the difference, so that it has a place

export function foldNames(names: readonly string[], room: number): string[] {
  const order = names.map((_, i) => i).sort((a, b) => ((names[a] ?? '') < (names[b] ?? '') ? -1 : 1));
  const out = [...names];
  order.forEach((at, place) => {
    const name = names[at] ?? '';
    if (name.length <= room) return;
    const near = [order[place - 1], order[place + 1]].map((i) => (i === undefined ? '' : (names[i] ?? ''))).filter((other) => other !== name);
    out[at] = folded(name, room, Math.max(0, ...near.map((other) => shared(name, other))));
  });
  return apart(names, out, room);
}

// Names that became the same although their nearest were others: each shows where it differs from those that it was taken for.
function apart(names: readonly string[], folds: string[], room: number): string[] {
  const same = new Map<string, number[]>();
  folds.forEach((text, i) => same.set(text, [...(same.get(text) ?? []), i]));
  for (const places of same.values()) {
    const others = new Set(places.map((i) => names[i] ?? ''));
    if (others.size < 2) continue;
    for (const i of places) {
      const name = names[i] ?? '';
      const differs = Math.min(...[...others].filter((other) => other !== name).map((other) => shared(name, other)));
      folds[i] = differs < room - BEFORE ? `${name.slice(0, room - 1)}${ELLIPSIS}` : around(name, room, differs);
    }
  }
  return folds;
}

function shared(a: string, b: string): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n += 1;
  return n;
}

// `differs`: where the name begins to be another than its nearest.
function folded(name: string, room: number, differs: number): string {
  const head = headOf(name, Math.floor(room * HEAD_SHARE));
  const rest = room - head.length - 1;
  if (differs < head.length || name.length - differs <= rest) return `${head}${ELLIPSIS}${name.slice(name.length - rest)}`;
  if (differs < room - BEFORE) return `${name.slice(0, room - 1)}${ELLIPSIS}`;
  return around(name, room, differs);
}

function around(name: string, room: number, differs: number): string {
  const head = headOf(name, Math.floor(room * HEAD_SHARE));
  const rest = room - head.length - 1;
  const from = Math.max(head.length, differs - BEFORE);
  return name.length - from <= rest ? `${head}${ELLIPSIS}${name.slice(name.length - rest)}` : `${head}${ELLIPSIS}${name.slice(from, from + rest - 1)}${ELLIPSIS}`;
}

// Up to the joint behind its first words.
function headOf(name: string, most: number): string {
  let end = 0;
  for (let i = 0; i < most && i < name.length; i++) if (JOINT.test(name[i] ?? '')) end = i + 1;
  return name.slice(0, end || Math.min(most, 8));
}
