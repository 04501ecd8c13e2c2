// The lines of a table: rows of a source, and below those that are open the rows of another one. Only what is in the window is ever looked at.
export interface Source<R> {
  readonly size: number;
  at: (index: number) => R | undefined;
  need: (first: number, last: number) => void;
}

export interface Line<R> {
  row: R | undefined;  // undefined: not here yet
  index: number;       // in its source
  depth: number;
  branch: Branch<R>;   // where it stands
}

export class Branch<R> {
  private readonly open = new Map<number, Branch<R>>();

  constructor(readonly source: Source<R>, readonly depth = 0) {}

  get size(): number {
    let all = this.source.size;
    for (const below of this.open.values()) all += below.size;
    return all;
  }

  isOpen(index: number): boolean {
    return this.open.has(index);
  }
  unfold(index: number, source: Source<R>): Branch<R> {
    const below = new Branch(source, this.depth + 1);
    this.open.set(index, below);
    return below;
  }
  fold(index: number): void {
    this.open.delete(index);
  }

  // The line at a place of the whole table.
  line(place: number): Line<R> | undefined {
    let at = place;
    for (const [index, below] of this.inOrder()) {
      if (at <= index) break;
      if (at <= index + below.size) return below.line(at - index - 1);
      at -= below.size;
    }
    return at < this.source.size ? { row: this.source.at(at), index: at, depth: this.depth, branch: this } : undefined;
  }

  // These lines are in the window: each source hears which of its rows are.
  need(first: number, last: number): void {
    const own: number[] = [];
    const below = new Map<Branch<R>, [number, number]>();
    for (let place = first; place <= last; place++) {
      const line = this.line(place);
      if (!line) break;
      if (line.branch === this) own.push(line.index);
      else {
        const seen = below.get(line.branch);
        below.set(line.branch, seen ? [seen[0], line.index] : [line.index, line.index]);
      }
    }
    if (own.length > 0) this.source.need(Math.min(...own), Math.max(...own));
    for (const [branch, [from, to]] of below) branch.source.need(from, to);
  }

  // Where a row of this branch stands in the whole of it.
  placeOf(index: number): number {
    let place = index;
    for (const [open, below] of this.inOrder()) if (open < index) place += below.size;
    return place;
  }

  private inOrder(): [number, Branch<R>][] {
    return [...this.open].sort(([a], [b]) => a - b);
  }
}
