// The runs of one wish, as many as there are, of which only the pages near the window are held. A page behind one that is held is read by its
// cursor, so that rows neither repeat nor are left out while runs arrive; a page that was jumped to is read by its place.
import type { Schemas } from '../../api/client';

export type RunRow = Schemas['RunTable']['rows'][number];

export interface PageAsk {
  cursor: string;
  offset: number;
  limit: number;
}
export type ReadPage = (ask: PageAsk, signal: AbortSignal) => Promise<Pick<Schemas['RunTable'], 'rows' | 'cursor' | 'columns'>>;

export const PAGE = 100;         // rows
const MOST_PAGES = 150;          // that are held
const AT_ONCE = 2;               // requests
const STILL_MS = 90;             // a place that is flung past is not asked for
const NEAR = 1;                  // pages beyond the window that are read ahead

interface Held {
  rows: RunRow[];
  next: string | null;  // the cursor behind it; null: it is the last
}

export class RunPages {
  columns: Schemas['RunColumn'][] = [];
  error: Error | null = null;
  private readonly held = new Map<number, Held>();
  private readonly asked = new Map<number, AbortController>();
  private readonly places = new Map<string, number>();  // of the runs that are held
  private readonly watchers = new Set<() => void>();
  private wanted: [first: number, last: number] = [0, 0];
  private total: number | null = null;
  private ended = false;  // the last page was read: the total is known from it
  private version = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly read: ReadPage) {}

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  };
  readVersion = (): number => this.version;

  // Counted apart, since it takes longer than the first rows.
  setTotal(total: number): void {
    if (this.ended || this.total === total) return;
    this.total = total;
    this.changed();
  }

  // Rows that there are. Until they are counted: those that are held, and a page of outlines while more may come.
  get size(): number {
    if (this.ended) return this.total ?? 0;
    const last = Math.max(-1, ...this.held.keys());
    const behind = this.held.get(last);
    const held = behind ? last * PAGE + behind.rows.length : 0;
    if (this.total !== null) return Math.max(this.total, held);
    return held + (behind ? (behind.next === null ? 0 : PAGE) : this.asked.size > 0 ? PAGE : 0);
  }
  get known(): boolean {
    return this.held.size > 0;
  }

  at(index: number): RunRow | undefined {
    return this.held.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }
  placeOf(id: string): number | undefined {
    return this.places.get(id);
  }
  // Of the page that a row stands on: what shares a page is told apart together.
  pageOf(index: number): readonly RunRow[] {
    return this.held.get(Math.floor(index / PAGE))?.rows ?? [];
  }
  rows(): RunRow[] {
    return [...this.held].sort(([a], [b]) => a - b).flatMap(([, page]) => page.rows);
  }

  need(first: number, last: number): void {
    this.wanted = [first, last];
    const pages = this.missing();
    const jump = pages.length > 0 && this.held.size > 0 && !pages.some((p) => this.held.has(p - 1) || this.held.has(p + 1));
    if (!jump) return this.ask();
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), STILL_MS);
  }

  // Newer figures of runs that are held, in their places: nothing moves under the pointer.
  patch(rows: readonly RunRow[]): void {
    let any = false;
    for (const row of rows) {
      const place = this.places.get(row.id);
      const page = place === undefined ? undefined : this.held.get(Math.floor(place / PAGE));
      if (place === undefined || !page || JSON.stringify(page.rows[place % PAGE]) === JSON.stringify(row)) continue;
      page.rows[place % PAGE] = row;
      any = true;
    }
    if (any) this.changed();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    for (const one of this.asked.values()) one.abort();
    this.asked.clear();
  }

  private missing(): number[] {
    const most = Math.max(0, Math.ceil(Math.max(this.size, 1) / PAGE) - 1);
    const first = Math.max(0, Math.floor(this.wanted[0] / PAGE));
    const last = Math.min(most, Math.floor(this.wanted[1] / PAGE));
    const inside = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
    const open = inside.filter((p) => !this.held.has(p));
    if (open.length > 0 || this.held.size === 0) return open;
    const around = Array.from({ length: NEAR }, (_, i) => [last + 1 + i, first - 1 - i]).flat();
    return around.filter((p) => p >= 0 && p <= most && !this.held.has(p));
  }

  private ask(): void {
    const pages = this.missing();
    for (const [page, one] of this.asked)
      if (!pages.includes(page)) {
        one.abort();
        this.asked.delete(page);
      }
    for (const page of pages) {
      if (this.asked.size >= AT_ONCE) break;
      if (!this.asked.has(page)) void this.fetch(page);
    }
  }

  private async fetch(page: number): Promise<void> {
    const abort = new AbortController();
    this.asked.set(page, abort);
    const cursor = this.held.get(page - 1)?.next ?? '';
    try {
      const answer = await this.read({ cursor, offset: cursor ? 0 : page * PAGE, limit: PAGE }, abort.signal);
      if (abort.signal.aborted) return;
      this.asked.delete(page);
      this.error = null;
      this.take(page, answer);
    } catch (cause) {
      if (abort.signal.aborted) return;
      this.asked.delete(page);
      this.error = cause instanceof Error ? cause : new Error(String(cause));
      this.changed();
      return;
    }
    this.ask();
  }

  private take(page: number, { rows, cursor, columns }: Pick<Schemas['RunTable'], 'rows' | 'cursor' | 'columns'>): void {
    if (this.columns.length === 0) this.columns = columns;
    this.held.set(page, { rows, next: cursor });
    rows.forEach((row, i) => this.places.set(row.id, page * PAGE + i));
    if (cursor === null && (rows.length > 0 || page === 0)) {
      this.ended = true;
      this.total = page * PAGE + rows.length;
    }
    this.forget();
    this.changed();
  }

  // The farthest from the window goes first.
  private forget(): void {
    const middle = (this.wanted[0] + this.wanted[1]) / 2 / PAGE;
    while (this.held.size > MOST_PAGES) {
      const far = [...this.held.keys()].reduce((a, b) => (Math.abs(b - middle) > Math.abs(a - middle) ? b : a));
      for (const row of this.held.get(far)?.rows ?? []) this.places.delete(row.id);
      this.held.delete(far);
    }
  }

  private changed(): void {
    this.version += 1;
    for (const watcher of this.watchers) watcher();
  }
}
