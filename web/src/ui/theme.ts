// The theme that was chosen, and the colours of the current one for canvas.
import { useSyncExternalStore } from 'react';

export type ThemeChoice = 'light' | 'dark' | 'system';
const watchers = new Set<() => void>();
const dark = matchMedia('(prefers-color-scheme: dark)');

export function choose(choice: ThemeChoice): void {
  try {
    localStorage.setItem('gyre.theme', choice);
  } catch {
    // Storage is off: the choice lasts until the page is loaded again.
  }
  document.documentElement.dataset.themeChoice = choice;
  paint();
}

function paint(): void {
  const choice = document.documentElement.dataset.themeChoice ?? 'system';
  const wantDark = choice === 'dark' || (choice === 'system' && dark.matches);
  document.documentElement.dataset.theme = wantDark ? 'dark' : 'light';
  for (const watcher of watchers) watcher();
}
dark.addEventListener('change', paint);

const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
};
export const useTheme = (): string => useSyncExternalStore(watch, () => document.documentElement.dataset.theme ?? 'light');
export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(watch, () => (document.documentElement.dataset.themeChoice ?? 'system') as ThemeChoice);

// Value of a token in the theme that is shown: token('seq-3').
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--g-${name}`).trim();
}
