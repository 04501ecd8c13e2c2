// What this browser remembers between visits. Storage may be off: then nothing is remembered, and nothing fails.
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It stays until the page is loaded again.
  }
}
