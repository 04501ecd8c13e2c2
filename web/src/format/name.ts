// Names are long and differ in the middle or the end: what a set shares is folded, what tells apart is kept.
const ELLIPSIS = '…';

// `keep` characters of what is shared stay, so that the difference has a place.
export function foldShared(names: readonly string[], keep = 6): string[] {
  if (names.length < 2) return [...names];
  const first = names[0] ?? '';
  let head = 0;
  while (head < first.length && names.every((n) => n[head] === first[head])) head += 1;
  let tail = 0;
  const shortest = Math.min(...names.map((n) => n.length));
  while (tail < shortest - head && names.every((n) => n[n.length - 1 - tail] === first[first.length - 1 - tail])) tail += 1;
  return names.map((name) => {
    const start = head > keep ? ELLIPSIS + name.slice(head - keep) : name;
    return tail > keep ? start.slice(0, start.length - tail + keep) + ELLIPSIS : start;
  });
}

// The part of an id that tells it from its neighbours: the start of a hash, the end of an id that grows with time.
export function shortId(path: string): string {
  const id = path.split('/').at(-1) ?? '';
  if (/^[0-9a-f]{24,}$/.test(id)) return id.slice(0, 7);
  return /^[a-z]{2}_[0-9a-z]{20,}$/.test(id) ? id.slice(-6) : id;
}

export function middle(name: string, most: number): string {
  if (name.length <= most) return name;
  const end = Math.ceil((most - 1) * 0.6);
  return name.slice(0, most - 1 - end) + ELLIPSIS + name.slice(-end);
}
