// One event stream for all tabs of a browser. The leader holds it and passes events on by BroadcastChannel, since HTTP/1.1
// allows six connections an origin. Leader by Web Locks; where those are missing (plain http on a LAN) by a heartbeat.
import type { QueryClient } from '@tanstack/react-query';
import type { Schemas } from './client';
import { outside } from './prefix';
import { staleRooms } from './topics';

export type LiveState = { kind: 'connecting' } | { kind: 'live'; at: number } | { kind: 'lost'; retryAt: number } | { kind: 'paused'; waiting: number };
type Message = { type: 'event'; event: Schemas['Event'] } | { type: 'state'; state: LiveState } | { type: 'beat'; id: string } | { type: 'hello' };

const BEAT_MS = 2000;
const APPLY_MS = 400;  // Queries are fetched again at most this often.
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

export class Live {
  state: LiveState = { kind: 'connecting' };
  private readonly watchers = new Set<() => void>();
  private readonly channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('gyre.live');
  private readonly id = Math.random().toString(36).slice(2);
  private source: EventSource | null = null;
  private dirty = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private failures = 0;
  private paused = false;
  private waiting = 0;

  constructor(private readonly queries: QueryClient) {
    this.channel?.addEventListener('message', (m: MessageEvent<Message>) => this.hear(m.data));
    this.elect();
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  };
  read = (): LiveState => this.state;

  togglePause(): void {
    this.paused = !this.paused;
    if (this.paused) this.set({ kind: 'paused', waiting: 0 });
    else {
      this.waiting = 0;
      this.set({ kind: 'live', at: Date.now() });
      this.apply();
    }
  }

  private elect(): void {
    if (!this.channel) return this.connect();
    if (navigator.locks) {
      void navigator.locks.request('gyre.live', () => new Promise<void>(() => this.connect()));
      this.channel.postMessage({ type: 'hello' } satisfies Message);
      return;
    }
    let heard = 0;
    this.channel.addEventListener('message', (m: MessageEvent<Message>) => {
      if (m.data.type === 'beat') heard = Date.now();
    });
    const beat = () => {
      if (this.source) this.channel?.postMessage({ type: 'beat', id: this.id } satisfies Message);
      else if (Date.now() - heard > 2 * BEAT_MS) this.connect();
    };
    setTimeout(beat, Math.random() * 300);
    setInterval(beat, BEAT_MS);
  }

  private connect(): void {
    this.source?.close();
    const source = new EventSource(outside('/api/v1/events'));
    this.source = source;
    source.onopen = () => {
      if (this.failures > 0) this.mark(['*']);
      this.failures = 0;
      this.tell({ kind: 'live', at: Date.now() });
    };
    source.onerror = () => {
      const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)] ?? 15_000;
      this.tell({ kind: 'lost', retryAt: Date.now() + wait });
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.connect(), wait);
    };
    const take = (m: MessageEvent<string>) => {
      const event = parse(m);
      if (!event) return;
      this.channel?.postMessage({ type: 'event', event } satisfies Message);
      this.receive(event);
    };
    source.onmessage = take;
    for (const topic of Object.keys(staleRooms)) source.addEventListener(topic, take as EventListener);
  }

  private hear(message: Message): void {
    if (message.type === 'event') this.receive(message.event);
    if (message.type === 'state') this.set(message.state);
    if (message.type === 'hello' && this.source) this.channel?.postMessage({ type: 'state', state: this.state } satisfies Message);
  }

  private tell(state: LiveState): void {
    this.channel?.postMessage({ type: 'state', state } satisfies Message);
    if (!this.paused) this.set(state);
  }

  private receive(event: Schemas['Event']): void {
    if (this.paused) {
      this.waiting += 1;
      this.set({ kind: 'paused', waiting: this.waiting });
    }
    this.mark(staleRooms[event.topic] ?? []);
    if (!this.paused) this.set({ kind: 'live', at: Date.now() });
  }

  private mark(rooms: string[]): void {
    for (const room of rooms) this.dirty.add(room);
    if (!this.timer && !this.paused) this.timer = setTimeout(() => this.apply(), APPLY_MS);
  }

  private apply(): void {
    this.timer = null;
    const rooms = this.dirty;
    this.dirty = new Set();
    if (rooms.size === 0) return;
    void this.queries.invalidateQueries({ predicate: (query) => rooms.has('*') || rooms.has(String(query.queryKey[0])) });
  }

  private set(state: LiveState): void {
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}

function parse(message: MessageEvent<string>): Schemas['Event'] | null {
  try {
    return JSON.parse(message.data) as Schemas['Event'];
  } catch {
    return null;
  }
}
