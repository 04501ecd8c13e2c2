// The run under the pointer: lit in its row, in every panel and legend at once. Watchers change what they drew by hand, so that moving over
// a table of runs renders nothing again.
export class HoverBus {
  private id: string | null = null;
  private readonly watchers = new Set<(id: string | null, before: string | null) => void>();

  get(): string | null {
    return this.id;
  }

  set(id: string | null): void {
    if (id === this.id) return;
    const before = this.id;
    this.id = id;
    for (const watcher of this.watchers) watcher(id, before);
  }

  watch(watcher: (id: string | null, before: string | null) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }
}
