// Only for the result of what the reader just did.
import { useSyncExternalStore } from 'react';

interface Toast {
  id: number;
  text: string;
  undo?: () => void;
}
const KEPT_MS = 10_000;
let toasts: readonly Toast[] = [];
let nextId = 1;
const watchers = new Set<() => void>();

function change(list: readonly Toast[]): void {
  toasts = list;
  for (const watcher of watchers) watcher();
}

export function toast(text: string, undo?: () => void): void {
  const id = nextId++;
  change([...toasts, { id, text, undo }]);
  setTimeout(() => change(toasts.filter((t) => t.id !== id)), KEPT_MS);
}

const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
};

export function Toasts() {
  const list = useSyncExternalStore(watch, () => toasts);
  return (
    <div className="toasts" role="status">
      {list.map((t) => (
        <div key={t.id} className="toast">
          <span>{t.text}</span>
          {t.undo && (
            <button type="button" className="text-button" onClick={t.undo}>
              Undo
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
